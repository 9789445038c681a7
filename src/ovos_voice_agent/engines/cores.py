"""How many cores engines may count on beside the processes that serve."""

from __future__ import annotations

import os

CREW = "OVOS_VOICE_AGENT_CREW"
"""Environment variable that tells a serving process how many of them there are."""


def spare_cores() -> int:
    """At least one: those that this process may use, but for one for the event loop of each process that serves."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable - _crew())


def _crew() -> int:
    given = os.environ.get(CREW, "")
    return max(1, int(given)) if given.isdecimal() else 1
