"""Worker processes for engines that hold the GIL, have process-wide state, or whose licence keeps them apart.

Rules:

- A worker is a fresh Python (`python -m MODULE`), not a fork: it inherits one socket, its standard error and nothing
  else. The socket is its life line, see `worker_loop.py`; no worker outlives its engine.
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
import socket
import subprocess
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from ovos_voice_agent.engines.frames import (
    Begin,
    Broken,
    Done,
    Drop,
    Failed,
    FromWorker,
    Item,
    More,
    Ping,
    Pong,
    Ready,
    ToWorker,
    Unframer,
    pack,
    unpack_from_worker,
)
from ovos_voice_agent.engines.worker_process import reap, spawn
from ovos_voice_agent.errors import EngineError, EngineTimeout

STEADY_S = 10.0
"""A worker that lived this long was well: its death is an accident, and the next may start at once."""
PAUSE_LIMIT_S = 10.0
PING_S = 2.0
"""How long a worker may take to answer a ping once its time is over. Brief slices of work are under 0.1 s."""
CLOSE_S = 1.0
"""How long workers get to leave by themselves when the engine closes."""

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to run. `name` is for people, `module` calls `worker_loop.serve`, `options` reach its `make` as JSON.

    `brief`: no slice of its work is long, so that it answers a ping at any time, unless it hangs.
    """

    name: str
    module: str
    options: Mapping[str, Any] = field(default_factory=dict)
    start_timeout_s: float = 30.0
    brief: bool = False


class Call:
    """One task in a worker. Made by `Worker.call`."""

    def __init__(self, worker: Worker, number: int, on_item: Callable[[Any], None]) -> None:
        self._worker = worker
        self._number = number
        self.on_item = on_item
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        """The task's result, or EngineError. Nobody needs to await it."""
        self.result.add_done_callback(_look)

    def send(self, body: Any) -> None:
        """More input; of no effect after the end."""
        if not self.result.done():
            self._worker.post(More(self._number, body))

    def drop(self) -> None:
        """Stop the work; nothing is reported afterwards. Safe to call at any time."""
        if self._worker.forget(self._number):
            self._worker.post(Drop(self._number))
        self.result.cancel()

    async def wait(self, news: Awaitable[_T], timeout_s: float) -> _T:
        """Wait for `news` of this call. Raises EngineTimeout. A call whose wait ends without news is dropped, whoever
        ended it: callers with less patience must not leave a worker that hangs behind."""
        now_s = asyncio.get_running_loop().time
        due_s = now_s() + timeout_s
        try:
            async with asyncio.timeout_at(due_s):
                return await news
        except TimeoutError:
            self._give_up(0.0)
            raise EngineTimeout(f"{self._worker.spec.name} took too long") from None
        except asyncio.CancelledError:
            self._give_up(max(0.0, due_s - now_s()))
            raise

    def _give_up(self, left_s: float) -> None:
        """Drop it and see whether its worker hangs. One at a long slice may first use the time that was left."""
        self.drop()
        self._worker.check(PING_S if self._worker.spec.brief else PING_S + left_s)


class Worker:
    """One process at a time, for as long as the engine lives."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self._calls: dict[int, Call] = {}
        self._numbers = itertools.count(1)
        self._connection: _Connection | None = None
        self._waiting: list[ToWorker] = []
        self._supervisor: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id, or None while there is none that is ready."""
        return self._connection.process.pid if self._connection else None

    @property
    def ready(self) -> bool:
        """Whether the process runs and is warm; else calls wait for the next one."""
        return self._connection is not None

    @property
    def load(self) -> int:
        """How many calls are under way."""
        return len(self._calls)

    async def start(self) -> Any:
        """Run the process and wait until it is warm. Returns what it tells of itself. Raises EngineError."""
        connection, description = await self._launch()
        self._supervisor = asyncio.get_running_loop().create_task(self._supervise(connection))
        return description

    async def close(self) -> None:
        """End the process and fail its calls; takes about two slices of work, at most `CLOSE_S`."""
        self._closing.set()
        if self._connection:
            self._connection.hang_up()
        if self._supervisor:
            await self._supervisor

    def call(self, body: Any, on_item: Callable[[Any], None]) -> Call:
        """Begin a task. Raises EngineError when the engine is closed or not started."""
        if self._supervisor is None or self._closing.is_set():
            raise EngineError(f"{self.spec.name} is not running", code="model_unavailable")
        call = Call(self, next(self._numbers), on_item)
        self._calls[call._number] = call
        self.post(Begin(call._number, body))
        return call

    def post(self, message: ToWorker) -> None:
        """Send, now or when the process is ready."""
        if self._connection:
            self._connection.send(message)
        elif not self._closing.is_set():
            self._waiting.append(message)

    def forget(self, number: int) -> bool:
        """Whether the call was still under way."""
        return self._calls.pop(number, None) is not None

    def check(self, within_s: float) -> None:
        """Kill the process unless it answers in time."""
        if self._connection:
            self._connection.check(within_s)

    def receive(self, message: FromWorker) -> None:
        """What the process says of its tasks."""
        match message:
            case Item(number, body):
                if call := self._calls.get(number):
                    call.on_item(body)
            case Done(number, body):
                if call := self._end(number):
                    call.result.set_result(body)
            case Failed(number, reason):
                _log.warning("a task of a worker failed", extra={"worker": self.spec.name, "reason": reason})
                if call := self._end(number):
                    call.result.set_exception(EngineError(f"{self.spec.name} failed"))
            case _:
                pass

    def _end(self, number: int) -> Call | None:
        """The call, unless nobody waits for it any more."""
        call = self._calls.pop(number, None)
        return call if call and not call.result.done() else None

    async def _supervise(self, connection: _Connection | None) -> None:
        """Keep one process running until `close`."""
        pause_s = 0.0
        while connection or not self._closing.is_set():
            if connection:
                lived_s = await self._attend(connection)
                pause_s = 0.0 if lived_s > STEADY_S else min(max(0.1, 2 * pause_s), PAUSE_LIMIT_S)
            if not await self._closes_within(pause_s):
                connection, pause_s = await self._relaunch(pause_s)
            else:
                connection = None

    async def _attend(self, connection: _Connection) -> float:
        """Wait for the end of a process and clear up. Returns how long it lived, in seconds."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        await connection.ended
        self._connection = None
        if not self._closing.is_set():
            _log.warning("a worker died", extra={"worker": self.spec.name, "pid": connection.process.pid})
        self._fail_calls("stopped unexpectedly" if not self._closing.is_set() else "is closing")
        await connection.bury()
        return loop.time() - since

    async def _relaunch(self, pause_s: float) -> tuple[_Connection | None, float]:
        """A new process, or None and the next pause."""
        try:
            return (await self._launch())[0], pause_s
        except EngineError as error:
            _log.error("a worker was not started again", extra={"worker": self.spec.name, "reason": error.message})
            self._fail_calls("could not be started again")
            return None, min(max(0.1, 2 * pause_s), PAUSE_LIMIT_S)

    async def _closes_within(self, pause_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), pause_s)
        return self._closing.is_set()

    async def _launch(self) -> tuple[_Connection, Any]:
        """Run the process, wait until it is ready, and send what waits for it."""
        connection = await _Connection.open(self)
        try:
            description = await asyncio.wait_for(connection.ready, self.spec.start_timeout_s)
        except TimeoutError:
            await connection.bury()
            raise EngineError(f"{self.spec.name} did not start in time", code="model_unavailable") from None
        except BaseException:
            await connection.bury()
            raise
        self._connection = connection
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            connection.send(message)
        if self._closing.is_set():
            connection.hang_up()
        return connection, description

    def _fail_calls(self, what: str) -> None:
        calls, self._calls = self._calls, {}
        self._waiting.clear()
        for call in calls.values():
            if not call.result.done():
                call.result.set_exception(EngineError(f"{self.spec.name} {what}", code="model_unavailable"))


class _Connection(asyncio.Protocol):
    """One process and the socket to it."""

    def __init__(self, worker: Worker, process: subprocess.Popen[bytes]) -> None:
        loop = asyncio.get_running_loop()
        self.process = process
        self.ready: asyncio.Future[Any] = loop.create_future()
        self.ready.add_done_callback(_look)
        self.ended: asyncio.Future[None] = loop.create_future()
        self._worker = worker
        self._unframer = Unframer()
        self._transport: asyncio.Transport | None = None
        self._verdict: asyncio.TimerHandle | None = None

    @classmethod
    async def open(cls, worker: Worker) -> _Connection:
        """Run the process. Raises EngineError when it cannot be run at all."""
        ours, theirs = socket.socketpair()
        try:
            process = spawn(worker.spec.module, worker.spec.options, theirs)
        except OSError as error:
            ours.close()
            raise EngineError(f"{worker.spec.name} cannot be run: {error}", code="model_unavailable") from error
        finally:
            theirs.close()
        connection = cls(worker, process)
        await asyncio.get_running_loop().create_unix_connection(lambda: connection, sock=ours)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is not a subclass

    def data_received(self, data: bytes) -> None:
        for content in self._unframer.push(data):
            message = unpack_from_worker(content)
            match message:
                case Ready(body):
                    self.ready.set_result(body)
                case Broken(reason):
                    text = f"{self._worker.spec.name} cannot start: {reason}"
                    self.ready.set_exception(EngineError(text, code="model_unavailable"))
                case Pong():
                    self._acquit()
                case _:
                    self._worker.receive(message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._acquit()
        if not self.ready.done():
            text = f"{self._worker.spec.name} stopped while it started"
            self.ready.set_exception(EngineError(text, code="model_unavailable"))
        if not self.ended.done():
            self.ended.set_result(None)

    def send(self, message: ToWorker) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(pack(message))

    def check(self, within_s: float) -> None:
        """The earliest of several verdicts counts."""
        loop = asyncio.get_running_loop()
        if self._verdict is None:
            self.send(Ping())
        elif self._verdict.when() <= loop.time() + within_s:
            return
        self._acquit()
        self._verdict = loop.call_later(within_s, self.process.kill)

    def hang_up(self) -> None:
        """Let the process leave by itself; end it when it does not even take what was sent before."""
        self._acquit()
        self._verdict = asyncio.get_running_loop().call_later(CLOSE_S, self.process.kill)
        if self._transport:
            self._transport.close()

    async def bury(self) -> None:
        """The process is gone when this returns."""
        self._acquit()
        if self._transport:
            self._transport.abort()
        await asyncio.get_running_loop().run_in_executor(None, reap, self.process, CLOSE_S)

    def _acquit(self) -> None:
        if self._verdict:
            self._verdict.cancel()
            self._verdict = None


async def stream(worker: Worker, body: Any, timeout_s: float) -> AsyncGenerator[Any, None]:
    """The items of one task as they come. Closing the iterator drops it. Raises EngineError, and EngineTimeout when
    the next item takes longer than `timeout_s`."""
    items: deque[Any] = deque()
    news = asyncio.Event()

    def put(item: Any) -> None:
        items.append(item)
        news.set()

    call = worker.call(body, put)
    call.result.add_done_callback(lambda _: news.set())
    try:
        while True:
            while items:
                yield items.popleft()
            if call.result.done():
                call.result.result()
                return
            news.clear()
            await call.wait(news.wait(), timeout_s)
    finally:
        call.drop()


def _look(future: asyncio.Future[Any]) -> None:
    """Asyncio complains of errors that nobody looked at; here that is allowed."""
    if not future.cancelled():
        future.exception()
