"""Worker processes for engines that hold the GIL, have process-wide state, or whose licence keeps them apart.

Rules:

- A worker is a fresh Python (`python -m MODULE`), not a fork: it inherits its socket, its standard error and nothing
  else (a shared one also the socket it is found at). The socket is its life line, see `worker_loop.py`; no worker
  outlives its owner.
- Where several processes serve together (`OFFICE_VARIABLE` is set), workers are not run here but hired from the foreman
  whom all of them share, see `worker_foreman.py`. Engines do not see the difference.
- When a worker dies, its calls fail at once with EngineError, and it is started again: at once when it had lived for
  `STEADY_S`, else after a pause that doubles up to `PAUSE_LIMIT_S`. Calls made meanwhile wait for it; they fail when it
  cannot be started.
- A call that takes too long, or whose caller stops waiting before (`Call.wait`), has its worker asked whether it is
  alive; it is killed and replaced when it does not answer. One slow call costs the others nothing.
- Use on the event loop only.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.frames import Begin, Done, Failed, FromWorker, Item, Others, ToWorker
from ovos_voice_agent.engines.worker_calls import Call, stream
from ovos_voice_agent.engines.worker_lines import Line, OwnLine, SharedLine, unavailable
from ovos_voice_agent.engines.worker_orders import Hire
from ovos_voice_agent.engines.worker_process import Door, WorkerSpec
from ovos_voice_agent.errors import EngineError

__all__ = ["Call", "Worker", "WorkerSpec", "stream"]

OFFICE_VARIABLE = "OVOS_VOICE_AGENT_FOREMAN"
"""Environment variable that tells a serving process where workers are hired: the path of the foreman's socket."""

STEADY_S = 10.0
"""A worker that lived this long was well: its death is an accident, and the next may start at once."""
PAUSE_LIMIT_S = 10.0
PING_S = 2.0
"""How long a worker may take to answer a ping once its time is over. Brief slices of work are under 0.1 s."""

_log = logging.getLogger(__name__)


class Worker:
    """One process at a time, for as long as the engine lives."""

    def __init__(self, spec: WorkerSpec, number: int = 0, door: Door | None = None) -> None:
        """`number` tells those apart that are alike, where they are shared. `door`: others find the process there."""
        self._spec = spec
        self._number = number
        self._door = door
        self._others = 0
        self._calls: dict[int, Call] = {}
        self._numbers = itertools.count(1)
        self._line: Line | None = None
        self._opening: Line | None = None
        self._waiting: list[ToWorker] = []
        self._supervisor: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @property
    def spec(self) -> WorkerSpec:
        """What runs."""
        return self._spec

    @property
    def pid(self) -> int | None:
        """The process id, or None while there is none that is ready."""
        return self._line.pid if self._line else None

    @property
    def ready(self) -> bool:
        """Whether the process runs and is warm; else calls wait for the next one."""
        return self._line is not None

    @property
    def load(self) -> int:
        """How many calls are under way, those of the other serving processes included."""
        return len(self._calls) + self._others

    async def start(self) -> Any:
        """Run the process and wait until it is warm. Returns what it tells of itself. Raises EngineError."""
        line, description = await self._launch()
        self._supervisor = asyncio.get_running_loop().create_task(self._supervise(line))
        return description

    async def close(self) -> None:
        """End the process and fail its calls; takes about two slices of work, at most `CLOSE_S`."""
        self._closing.set()
        if line := self._line or self._opening:
            line.hang_up()
        if self._supervisor:
            await self._supervisor

    def call(self, body: Any, on_item: Callable[[Any], None]) -> Call:
        """Begin a task. Raises EngineError when the engine is closed or not started."""
        if self._supervisor is None or self._closing.is_set():
            raise unavailable(f"{self._spec.name} is not running")
        call = Call(self, next(self._numbers), on_item)
        self._calls[call._number] = call
        self.post(Begin(call._number, body))
        return call

    def post(self, message: ToWorker) -> None:
        """Send, now or when the process is ready."""
        if self._line:
            self._line.send(message)
        elif not self._closing.is_set():
            self._waiting.append(message)

    def forget(self, number: int) -> bool:
        """Whether the call was still under way."""
        return self._calls.pop(number, None) is not None

    def suspect(self, left_s: float) -> None:
        """A caller gave up: see whether the process hangs. One at a long slice may first use the time that was left."""
        self.check(PING_S if self._spec.brief else PING_S + left_s)

    def check(self, within_s: float) -> None:
        """Kill the process unless it answers in time."""
        if self._line:
            self._line.check(within_s)

    def _receive(self, message: FromWorker) -> None:
        """What the process says of its tasks."""
        match message:
            case Item(number, body):
                if call := self._calls.get(number):
                    call.on_item(body)
            case Done(number, body):
                if call := self._end(number):
                    call.result.set_result(body)
            case Failed(number, reason):
                _log.warning("a task of a worker failed", extra={"worker": self._spec.name, "reason": reason})
                if call := self._end(number):
                    call.result.set_exception(EngineError(f"{self._spec.name} failed"))
            case Others(tasks):
                self._others = tasks
            case _:
                pass

    def _end(self, number: int) -> Call | None:
        """The call, unless nobody waits for it any more."""
        call = self._calls.pop(number, None)
        return call if call and not call.result.done() else None

    async def _supervise(self, line: Line | None) -> None:
        """Keep one process running until `close`."""
        pause_s = 0.0
        while line or not self._closing.is_set():
            if line:
                lived_s = await self._attend(line)
                pause_s = 0.0 if lived_s > STEADY_S else min(max(0.1, 2 * pause_s), PAUSE_LIMIT_S)
            if not await self._closes_within(pause_s):
                line, pause_s = await self._relaunch(pause_s)
            else:
                line = None

    async def _attend(self, line: Line) -> float:
        """Wait for the end of a process and clear up. Returns how long it lived, in seconds."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        await line.ended
        self._line = None
        self._others = 0
        if not self._closing.is_set():
            _log.warning("a worker died", extra={"worker": self._spec.name, "pid": line.pid})
        self._fail_calls("stopped unexpectedly" if not self._closing.is_set() else "is closing")
        await line.bury()
        return loop.time() - since

    async def _relaunch(self, pause_s: float) -> tuple[Line | None, float]:
        """A new process, or None and the next pause."""
        try:
            return (await self._launch())[0], pause_s
        except EngineError as error:
            if not self._closing.is_set():
                _log.error("a worker was not started again", extra={"worker": self._spec.name, "reason": error.message})
            self._fail_calls("could not be started again")
            if self._door:
                self._door.turn_away()
            return None, min(max(0.1, 2 * pause_s), PAUSE_LIMIT_S)

    async def _closes_within(self, pause_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), pause_s)
        return self._closing.is_set()

    async def _launch(self) -> tuple[Line, Any]:
        """Run the process, wait until it is ready, and send what waits for it."""
        line, limit_s = await self._open()
        self._opening = line
        if self._closing.is_set():
            line.hang_up()
        try:
            description = await asyncio.wait_for(line.ready, limit_s)
        except TimeoutError:
            await line.bury()
            raise unavailable(f"{self._spec.name} did not start in time") from None
        except BaseException:
            await line.bury()
            raise
        finally:
            self._opening = None
        self._line = line
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            line.send(message)
        if self._closing.is_set():
            line.hang_up()
        return line, description

    async def _open(self) -> tuple[Line, float]:
        """The line to a process of our own, or to one that is shared, and how long that may take to be ready."""
        office = os.environ.get(OFFICE_VARIABLE)
        if self._door or not office:
            return await OwnLine.open(self._spec, self._receive, self._door), self._spec.start_timeout_s
        line = await SharedLine.open(Hire(self._spec, self._number), self._receive, Path(office))
        return line, PAUSE_LIMIT_S + self._spec.start_timeout_s

    def _fail_calls(self, what: str) -> None:
        calls, self._calls = self._calls, {}
        self._waiting.clear()
        for call in calls.values():
            if not call.result.done():
                call.result.set_exception(unavailable(f"{self._spec.name} {what}"))
