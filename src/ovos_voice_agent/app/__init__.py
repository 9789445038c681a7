"""Joins all parts into a server: `serve` runs one, `running` runs one inside of a test."""

from ovos_voice_agent.app.application import Application, build
from ovos_voice_agent.app.serving import Running, running, serve

__all__ = ["Application", "Running", "build", "running", "serve"]
