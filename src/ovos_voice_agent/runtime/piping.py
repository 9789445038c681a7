"""From a task that makes things to the iterator that gives them out: how one HTTP request reads what engines make.

Rules: the maker waits while `WAITING` things wait for the reader; closing the iterator cancels the maker and waits for
its end; whatever the maker raised is raised to the reader behind all that was made, as ClientError or EngineError.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.runtime.failure import StageFailed, failure_of

_T = TypeVar("_T")

WAITING = 16
"""Pieces of speech have at most 100 ms."""


@dataclass(frozen=True, slots=True)
class _End:
    """Behind the last thing; with what went wrong."""

    error: ClientError | EngineError | None = None


class Pipe(Generic[_T]):
    """What a maker puts its things into."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[_T | _End] = asyncio.Queue()
        self._room = asyncio.Event()
        self._room.set()

    async def writable(self) -> None:
        """Wait until there is room."""
        await self._room.wait()

    def put(self, thing: _T | _End) -> None:
        """Hand something on; wait for `writable` before."""
        self._waiting.put_nowait(thing)
        if self._waiting.qsize() >= WAITING:
            self._room.clear()

    async def take(self) -> _T | _End:
        """The next thing."""
        thing = await self._waiting.get()
        self._room.set()
        return thing


async def piped(make: Callable[[Pipe[_T]], Coroutine[Any, Any, None]]) -> AsyncGenerator[_T, None]:
    """What `make` puts into a pipe, as it comes."""
    pipe: Pipe[_T] = Pipe()
    task = asyncio.create_task(_made(make, pipe))
    try:
        while not isinstance(thing := await pipe.take(), _End):
            yield thing
        if thing.error is not None:
            raise thing.error
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _made(make: Callable[[Pipe[_T]], Coroutine[Any, Any, None]], pipe: Pipe[_T]) -> None:
    try:
        await make(pipe)
    except Exception as error:  # noqa: BLE001 - raised to the reader, in its turn
        pipe.put(_End(answerable(error)))
    else:
        pipe.put(_End())


def answerable(error: BaseException, stage: str = "session") -> ClientError | EngineError:
    """The same as what may be answered: a ClientError is what an engine refuses to do for a client."""
    if isinstance(error, BaseExceptionGroup):
        return answerable(error.exceptions[0], stage)
    if isinstance(error, StageFailed):
        return answerable(error.error, error.stage)
    if isinstance(error, ClientError):
        return error
    failure = failure_of(error, stage)
    return EngineError(failure.message, code=failure.code)
