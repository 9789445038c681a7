"""How many sessions a process can bear, from what one costs.

Rules: a number that is told is one that holds. So a quarter of each core is left for what was not measured: replies,
requests over HTTP, bursts; and the cores are those of this process, not all that the machine has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["silence", "noise", "speech"]
"""What a session streams."""
KINDS: tuple[Kind, ...] = ("speech", "noise", "silence")
"""The dearest first."""

USABLE_SHARE = 0.75
"""Of a core: beyond it nobody new is let in (see `pressure.py`)."""


SPEAKING = 0.25
"""Of the time in which people are connected; in the rest their rooms are heard."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one session, in shares of a core: `loop` of the event loop's thread, `process` of all threads."""

    loop: float
    process: float

    def sessions(self, cores: float) -> int:
        """How many of them a process with so many cores bears, one at least. Its event loop has one core at most."""
        return max(1, int(min(USABLE_SHARE / self.loop, USABLE_SHARE * cores / self.process)))


@dataclass(frozen=True, slots=True)
class Capacity:
    """Of one process. `costs` by what a session streams; empty: not known. `sessions` likewise."""

    costs: Mapping[Kind, Cost]
    cores: float

    @property
    def sessions(self) -> Mapping[str, int]:
        """How many sessions it bears when all of them stream the same."""
        return {kind: cost.sessions(self.cores) for kind, cost in self.costs.items()}

    @property
    def expected_share(self) -> float:
        """Of the event loop's core, what a session that was just let in is expected to take; 0: not known."""
        shares = {kind: USABLE_SHARE / count for kind, count in self.sessions.items()}
        if "speech" in shares and "noise" in shares:
            return SPEAKING * shares["speech"] + (1 - SPEAKING) * shares["noise"]
        return max(shares.values(), default=0.0)


def configured(sessions: int) -> Capacity:
    """That of an operator who knows better: so many sessions that stream speech."""
    share = USABLE_SHARE / sessions
    return Capacity({"speech": Cost(share, share)}, 1.0)
