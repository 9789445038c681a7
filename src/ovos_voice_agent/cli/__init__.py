"""The command line: one file per command, each with `register` and `run`.

Rules: a mistake of the person is a sentence on stderr and exit code 2, never a traceback; what a command prints is on
stdout.
"""

from __future__ import annotations

from ovos_voice_agent.cli.main import main

__all__ = ["main"]
