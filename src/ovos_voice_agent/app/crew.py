"""What the processes that serve together say to each other: the parent over a socket pair, all of them for metrics.

Rules: messages are MessagePack behind their length; whoever finds the pair closed knows that the other end is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

from ovos_voice_agent.app.engines import Started
from ovos_voice_agent.config import Config

_LENGTH_BYTES = 4
_ASK_LIMIT_S = 1.0
"""A member that is stuck does not keep the others from telling their numbers."""


class Setup(msgspec.Struct, frozen=True, tag=True):
    """Parent to member, first of all. `late`: others serve already, so listen when you are ready; `folder` has the
    sockets on which members tell their metrics, by `number`."""

    config: Config
    number: int
    folder: str
    late: bool = False


class Whole(msgspec.Struct, frozen=True, tag=True):
    """Parent to members: whether all of them are ready."""

    whole: bool


class IsReady(msgspec.Struct, frozen=True, tag=True):
    """Member to parent."""

    started: list[Started]


class CannotStart(msgspec.Struct, frozen=True, tag=True):
    """Member to parent, before it ends. `problems` has one sentence for each."""

    problems: list[str]


Message: TypeAlias = Setup | Whole | IsReady | CannotStart

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


class Link:
    """One end of the pair. Made by `open`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, end: socket.socket) -> Link:
        """On the running loop; the socket belongs to the link from now on."""
        return cls(*await asyncio.open_connection(sock=end))

    def tell(self, message: Message) -> None:
        """Send it; dropped when the other end is gone."""
        if not self._writer.is_closing():
            body = _encoder.encode(message)
            self._writer.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)

    async def hear(self) -> Message | None:
        """The next message; None when the other end is gone."""
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES), "big")
            return _decoder.decode(await self._reader.readexactly(length))
        except (OSError, asyncio.IncompleteReadError):
            return None

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class Peers:
    """How one member hears the metrics of all others: each listens on a socket in a folder that only they can see."""

    def __init__(self, folder: Path, number: int, own: Callable[[], bytes]) -> None:
        self._folder = folder
        self._path = folder / f"{number}.sock"
        self._own = own
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises OSError."""
        self._path.unlink(missing_ok=True)  # of a member with this number that died
        self._server = await asyncio.start_unix_server(self._answer, self._path)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def texts(self) -> list[bytes]:
        """Our own metrics and those of all members that answer, in Prometheus' text format."""
        others = [path for path in sorted(self._folder.glob("*.sock")) if path != self._path]
        answers = await asyncio.gather(*map(_ask, others))
        return [self._own(), *(text for text in answers if text)]

    async def _answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(self._own())
            await writer.drain()
        writer.close()


async def _ask(path: Path) -> bytes:
    """What a member tells; nothing where none is there any more."""
    try:
        async with asyncio.timeout(_ASK_LIMIT_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""
