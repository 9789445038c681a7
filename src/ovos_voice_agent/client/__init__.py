"""A small Realtime client for terminals, tests and benchmarks; it knows the protocol and nothing of our server."""

from __future__ import annotations

from ovos_voice_agent.client.connection import Connection, Refused, connect
from ovos_voice_agent.client.sound import append_speech, read_speech, write_speech
from ovos_voice_agent.client.turn import Turn, collect_turn

__all__ = [
    "Connection",
    "Refused",
    "Turn",
    "append_speech",
    "collect_turn",
    "connect",
    "read_speech",
    "write_speech",
]
