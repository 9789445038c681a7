"""How busy this process and its machine are, over the last seconds, for the operator's view.

Engines work in processes of their own: what they take shows in the machine's load, not in this process's share.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY_S = 1.0
_LOOKS = 10
"""What is told is of the last ten seconds: a page that asks every two misses nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """`cpu` is in cores that this process kept busy, `machine` the runnable processes per core over a minute (None
    where the system does not tell), `loop_delay_ms` the worst lateness of the event loop."""

    cpu: float
    machine: float | None
    cores: int
    loop_delay_ms: float


@dataclass(frozen=True, slots=True)
class _Look:
    at_s: float
    cpu_s: float
    late_s: float


class LoadMeter:
    """Looks once a second, on the event loop that it judges."""

    def __init__(self, cpu_s: Callable[[], float] = time.process_time, every_s: float = LOOK_EVERY_S) -> None:
        self._cpu_s = cpu_s
        self._every_s = every_s
        self._looks: deque[_Look] = deque(maxlen=_LOOKS + 1)
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """On the running loop, until `stop`."""
        loop = asyncio.get_running_loop()
        self._look(loop, loop.time())

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    @property
    def now(self) -> Load:
        """Zero before the second look."""
        first, last = (self._looks[0], self._looks[-1]) if self._looks else (_NEVER, _NEVER)
        busy_s, passed_s = last.cpu_s - first.cpu_s, last.at_s - first.at_s
        worst_s = max((look.late_s for look in self._looks), default=0.0)
        cores = os.cpu_count() or 1
        machine = os.getloadavg()[0] / cores if hasattr(os, "getloadavg") else None
        return Load(busy_s / passed_s if passed_s else 0.0, machine, cores, 1000 * worst_s)

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self._looks.append(_Look(now, self._cpu_s(), max(0.0, now - due)))
        self._handle = loop.call_at(now + self._every_s, self._look, loop, now + self._every_s)


_NEVER = _Look(0.0, 0.0, 0.0)
