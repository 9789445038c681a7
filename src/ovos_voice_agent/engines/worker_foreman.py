"""The foreman: runs the worker processes that several serving processes share, once for all of them.

Rules:

- Whoever needs a worker hires it here, and then speaks with it directly: audio and results do not pass the foreman.
- Two who describe the same worker get the same one. A worker that dies is started again, as `workers.py` says; whoever
  knocks meanwhile waits at its door, and is turned away when it cannot be started.
- A worker that nobody has hired for `LINGER_S` is ended: a serving process that is replaced finds it still warm.
- The folder is for this user only; so are its sockets. Who can reach them may run programs as this user anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ovos_voice_agent.engines.worker_calls import look
from ovos_voice_agent.engines.worker_orders import Check, Hire, Hired, Refused, hear, tell
from ovos_voice_agent.engines.worker_process import Door
from ovos_voice_agent.engines.workers import Worker
from ovos_voice_agent.errors import EngineError

LINGER_S = 30.0
OFFICE = "foreman.sock"

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Post:
    """A shared worker. `hired`: by how many; `started` raises EngineError when it cannot be."""

    worker: Worker
    door: Door
    started: asyncio.Future[Any]
    hired: int = 0
    leaving: asyncio.TimerHandle | None = None


class Foreman:
    """On the event loop of the process that outlives all who share."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made by `start`."""
        self._folder = folder
        self._numbers = itertools.count(1)
        self._posts: dict[bytes, _Post] = {}
        self._server: asyncio.Server | None = None
        self._attending: set[asyncio.Task[Any]] = set()
        self._endings: set[asyncio.Future[None]] = set()

    @property
    def office(self) -> Path:
        """The socket on which workers are hired."""
        return self._folder / OFFICE

    async def start(self) -> None:
        """Open the office. Raises OSError."""
        self._folder.mkdir(mode=0o700)
        self._server = await asyncio.start_unix_server(self._attend, self.office)

    async def close(self) -> None:
        """End all workers; whoever uses them is told that they stopped."""
        if self._server is None:
            return
        self._server.close()
        for task in self._attending:
            task.cancel()
        await asyncio.gather(*self._attending, return_exceptions=True)
        await asyncio.gather(*(self._end(key) for key in list(self._posts)), *self._endings, return_exceptions=True)
        self.office.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One hiring, from its beginning to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._attending.add(task)
        try:
            await self._employ(reader, writer)
        except (asyncio.CancelledError, msgspec.MsgspecError):
            _log.debug("a hiring was broken off")
        finally:
            self._attending.discard(task)
            writer.close()

    async def _employ(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hire: Hire | None = await hear(reader, Hire)
        if hire is None:
            return
        key = msgspec.msgpack.encode(hire)
        with self._hired(key, hire) as post:
            try:
                await asyncio.shield(post.started)
            except EngineError as error:
                tell(writer, Refused(error.message))
                return
            tell(writer, Hired(str(post.door.path)))
            while (check := await hear(reader, Check)) is not None:
                post.worker.check(check.within_s)

    # -------------------------------------------------------------------------------------------------------- the posts

    @contextlib.contextmanager
    def _hired(self, key: bytes, hire: Hire) -> Any:
        post = self._posts.get(key) or self._found(key, hire)
        post.hired += 1
        if post.leaving:
            post.leaving.cancel()
            post.leaving = None
        try:
            yield post
        finally:
            post.hired -= 1
            if not post.hired and self._posts.get(key) is post:
                post.leaving = asyncio.get_running_loop().call_later(LINGER_S, self._dismiss, key)

    def _found(self, key: bytes, hire: Hire) -> _Post:
        """A new worker, which starts."""
        door = Door(self._folder / f"{next(self._numbers)}.sock")
        worker = Worker(hire.spec, door=door)
        started = asyncio.ensure_future(worker.start())
        started.add_done_callback(look)
        post = self._posts[key] = _Post(worker, door, started)
        started.add_done_callback(lambda done: self._dismiss(key) if done.cancelled() or done.exception() else None)
        return post

    def _dismiss(self, key: bytes) -> None:
        ending = asyncio.ensure_future(self._end(key))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end(self, key: bytes) -> None:
        post = self._posts.pop(key, None)
        if post is None:
            return
        if post.leaving:
            post.leaving.cancel()
        post.started.cancel()
        await asyncio.gather(post.started, return_exceptions=True)
        await post.worker.close()
        post.door.close()
