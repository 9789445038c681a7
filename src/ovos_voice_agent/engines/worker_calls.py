"""One task in a worker process, from the side of the engine that wants it done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Protocol, TypeVar

from ovos_voice_agent.engines.frames import Drop, More, ToWorker
from ovos_voice_agent.engines.worker_process import WorkerSpec
from ovos_voice_agent.errors import EngineTimeout

_T = TypeVar("_T")


class Works(Protocol):
    """What a call needs of its `Worker`, which says what each of these does."""

    @property
    def spec(self) -> WorkerSpec: ...

    def call(self, body: Any, on_item: Callable[[Any], None]) -> Call: ...

    def post(self, message: ToWorker) -> None: ...

    def forget(self, number: int) -> bool: ...

    def suspect(self, left_s: float) -> None: ...


class Call:
    """One task in a worker. Made by `Worker.call`."""

    def __init__(self, worker: Works, number: int, on_item: Callable[[Any], None]) -> None:
        self._worker = worker
        self._number = number
        self.on_item = on_item
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        """The task's result, or EngineError. Nobody needs to await it."""
        self.result.add_done_callback(look)

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
        """Drop it and see whether its worker hangs, which may first use the time that was left."""
        self.drop()
        self._worker.suspect(left_s)


async def stream(worker: Works, body: Any, timeout_s: float) -> AsyncGenerator[Any, None]:
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


def look(future: asyncio.Future[Any]) -> None:
    """Asyncio complains of errors that nobody looked at; here that is allowed."""
    if not future.cancelled():
        future.exception()
