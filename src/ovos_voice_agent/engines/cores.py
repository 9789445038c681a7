"""How many cores the engines of one process may count on, where several processes serve together."""

from __future__ import annotations

import os

CREW = "OVOS_VOICE_AGENT_CREW"
"""Environment variable that tells a serving process how many of them there are."""


def cores() -> int:
    """At least one. Those of the machine that this process may use, divided among the processes that serve."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable // _crew())


def _crew() -> int:
    given = os.environ.get(CREW, "")
    return max(1, int(given)) if given.isdecimal() else 1
