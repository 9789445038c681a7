"""The line from an engine to a worker process: to one of its own, or to one that all serving processes share.

Rules:

- A line gives what comes to `receive`, but for what is about the line itself: whether the worker is ready, and alive.
- The line to an own process is its life line, and whoever holds it may kill the process. The line to a shared one ends
  this process's tasks there and nothing else; the foreman, who holds its life line, is asked to look whether it hangs.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from ovos_voice_agent.engines.frames import Broken, FromWorker, Ping, Pong, Ready, ToWorker, Unframer, pack
from ovos_voice_agent.engines.frames import unpack_from_worker as unpack
from ovos_voice_agent.engines.worker_calls import look
from ovos_voice_agent.engines.worker_orders import Check, Hire, Hired, Refused, hear, tell
from ovos_voice_agent.engines.worker_process import Door, WorkerSpec, reap, spawn
from ovos_voice_agent.errors import EngineError

CLOSE_S = 1.0
"""How long workers get to leave by themselves when the engine closes."""

Receive = Callable[[FromWorker], None]


class Line(Protocol):
    """What a worker has of its process."""

    ready: asyncio.Future[Any]
    """What the process tells of itself once it is warm, or EngineError."""
    ended: asyncio.Future[None]
    pid: int

    def send(self, message: ToWorker) -> None: ...

    def check(self, within_s: float) -> None:
        """Have the process killed unless it answers in time. The earliest of several such times counts."""
        ...

    def hang_up(self) -> None:
        """Cut the line."""
        ...

    async def bury(self) -> None:
        """Whatever belongs to the line is gone when this returns; so is the process, where it was our own."""
        ...


class _Socket(asyncio.Protocol):
    """What both kinds have in common."""

    def __init__(self, name: str, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[Any] = loop.create_future()
        self.ready.add_done_callback(look)
        self.ended: asyncio.Future[None] = loop.create_future()
        self.pid = 0
        self._name = name
        self._receive = receive
        self._unframer = Unframer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is not a subclass

    def data_received(self, data: bytes) -> None:
        for content in self._unframer.push(data):
            message = unpack(content)
            match message:
                case Ready(body, pid):
                    self.pid = pid
                    self.ready.set_result(body)
                case Broken(reason):
                    self.ready.set_exception(unavailable(f"{self._name} cannot start: {reason}"))
                case Pong():
                    self.acquit()
                case _:
                    self._receive(message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.acquit()
        if not self.ready.done():
            self.ready.set_exception(unavailable(f"{self._name} stopped while it started"))
        if not self.ended.done():
            self.ended.set_result(None)

    def send(self, message: ToWorker) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(pack(message))

    def acquit(self) -> None:
        """It answered, or it is gone."""

    def _abort(self) -> None:
        if self._transport:
            self._transport.abort()


class OwnLine(_Socket):
    """To a process of our own. Implements `Line`."""

    def __init__(self, name: str, receive: Receive, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name, receive)
        self._process = process
        self._verdict: asyncio.TimerHandle | None = None

    @classmethod
    async def open(cls, spec: WorkerSpec, receive: Receive, door: Door | None = None) -> OwnLine:
        """Run the process; it listens at the door as well. Raises EngineError when it cannot be run at all."""
        ours, theirs = socket.socketpair()
        try:
            process = spawn(spec.module, spec.options, theirs, door)
        except OSError as error:
            ours.close()
            raise unavailable(f"{spec.name} cannot be run: {error}") from error
        finally:
            theirs.close()
        line = cls(spec.name, receive, process)
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
        return line

    def check(self, within_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._verdict is None:
            self.send(Ping())
        elif self._verdict.when() <= loop.time() + within_s:
            return
        self.acquit()
        self._verdict = loop.call_later(within_s, self._process.kill)

    def hang_up(self) -> None:
        """Let the process leave by itself; end it when it does not even take what was sent before."""
        self.acquit()
        self._verdict = asyncio.get_running_loop().call_later(CLOSE_S, self._process.kill)
        if self._transport:
            self._transport.close()

    async def bury(self) -> None:
        self.acquit()
        self._abort()
        reaping = asyncio.get_running_loop().run_in_executor(None, reap, self._process, CLOSE_S)
        await asyncio.shield(reaping)  # whoever waits no longer: it is done all the same

    def acquit(self) -> None:
        if self._verdict:
            self._verdict.cancel()
            self._verdict = None


class SharedLine(_Socket):
    """To a process that all serving processes share. Implements `Line`."""

    def __init__(self, name: str, receive: Receive, foreman: asyncio.StreamWriter) -> None:
        super().__init__(name, receive)
        self._foreman = foreman

    @classmethod
    async def open(cls, hire: Hire, receive: Receive, office: Path) -> SharedLine:
        """`office` is the foreman's socket. The process runs when this returns. Raises EngineError."""
        name = hire.spec.name
        try:
            reader, writer = await asyncio.open_unix_connection(office)
        except OSError as error:
            raise unavailable(f"{name} cannot be reached: {error}") from error
        try:
            tell(writer, hire)
            line = cls(name, receive, writer)
            door = _door(name, await hear(reader, Hired | Refused))
            await asyncio.get_running_loop().create_unix_connection(lambda: line, door)
        except OSError as error:
            writer.close()
            raise unavailable(f"{name} cannot be reached: {error}") from error
        except BaseException:
            writer.close()
            raise
        return line

    def check(self, within_s: float) -> None:
        tell(self._foreman, Check(within_s))

    def hang_up(self) -> None:
        self._abort()

    async def bury(self) -> None:
        self._abort()
        self._foreman.close()
        with contextlib.suppress(OSError):
            await self._foreman.wait_closed()


def _door(name: str, answer: Hired | Refused | None) -> str:
    match answer:
        case Hired(door):
            return door
        case Refused(reason):
            raise unavailable(reason)
        case _:
            raise unavailable(f"{name} cannot be reached: the server is shutting down")


def unavailable(text: str) -> EngineError:
    """What is told when there is no process to ask."""
    return EngineError(text, code="model_unavailable")
