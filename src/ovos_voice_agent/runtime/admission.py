"""The door of a process: who comes while there is no room waits for a moment, in line, before being refused.

Rules:

- A crowd that comes at once is let in as fast as the process bears it. Only who would wait for longer than `WAIT_S` is
  refused, and so is everybody beyond `LONGEST_LINE`.
- First come, first served. Who gives up leaves the line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ovos_voice_agent.runtime.pressure import BusyError

if TYPE_CHECKING:
    from ovos_voice_agent.runtime.pressure import Pressure

WAIT_S = 6.0
"""Clients give a handshake ten seconds and more."""

LOOK_EVERY_S = 0.05

LONGEST_LINE = 1_000
"""Each that waits is an open connection, and nothing else yet."""


class Admission:
    """Lets sessions in while there is room for them, on one event loop."""

    def __init__(self, pressure: Pressure, sessions: Callable[[], int], wait_s: float = WAIT_S) -> None:
        """`sessions` counts those that are open."""
        self._pressure = pressure
        self._sessions = sessions
        self._wait_s = wait_s
        self._first = asyncio.Lock()
        self._waiting = 0

    async def enter(self) -> None:
        """Returns when there is room for one more. Raises BusyError when there is none for too long."""
        if not self._waiting and self._let_in():
            return
        if self._waiting >= LONGEST_LINE:
            raise BusyError(self._sessions())
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s), self._first:
                while not self._let_in():  # noqa: ASYNC110 - room comes with time, which nobody tells
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise BusyError(self._sessions()) from None
        finally:
            self._waiting -= 1

    def _let_in(self) -> bool:
        try:
            self._pressure.check(self._sessions())
        except BusyError:
            return False
        self._pressure.let_in()
        return True
