"""What the garbage collector does once a server is ready: as little as possible while people speak.

Rules:

- What has been loaded by then stays, and is not looked through again and again.
- A search through all that lives stops the event loop, for a sixth of a second when there are a thousand sessions.
  So Python hardly begins one by itself. One is made while few sessions are open and some have ended, when as many have
  ended as are open, and every ten minutes.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

GARBAGE_THRESHOLDS = (10_000, 10, 1_000)
"""Python's own are 700, 10 and 10. What lives for a turn is gone before it is looked at."""

FEW_SESSIONS = 30
"""A search takes two to five milliseconds then."""
MANY_ENDED = 300
"""What these leave behind, some 8 kB each, is no burden yet."""
EVERY_S = 0.5
LONGEST_S = 600.0


class Sweeper:
    """Decides when to look for garbage. `sessions` says how many are open, and how many there have been."""

    def __init__(
        self, sessions: Callable[[], tuple[int, int]], clock: Callable[[], float], sweep: Callable[[], object]
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._sweep = sweep
        self._swept_at = clock()
        self._swept_after = 0

    def look(self) -> None:
        """Sweep, if it is time."""
        still_open, ever = self._sessions()
        ended = ever - still_open
        new = ended - self._swept_after
        worth_it = new > 0 if still_open <= FEW_SESSIONS else new >= max(MANY_ENDED, still_open)
        if worth_it or self._clock() - self._swept_at >= LONGEST_S:
            self._sweep()
            self._swept_at, self._swept_after = self._clock(), ended


@asynccontextmanager
async def settled(sessions: Callable[[], tuple[int, int]]) -> AsyncIterator[None]:
    """Inside, the server is ready. For processes that do nothing else."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    sweeping = asyncio.ensure_future(_sweep_now_and_then(Sweeper(sessions, time.monotonic, gc.collect)))
    try:
        yield
    finally:
        sweeping.cancel()


async def _sweep_now_and_then(sweeper: Sweeper) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        sweeper.look()
