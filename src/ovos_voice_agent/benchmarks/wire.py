"""A WebSocket that costs next to nothing, so that a thousand of them measure the server and not themselves.

Rules: frames to send are masked beforehand, with a fixed mask (the mask guards proxies, and there is none); frames that
come are cut out of the stream and handed on as they are. No fragments, no extensions, no TLS.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import msgspec

from ovos_voice_agent.client.connection import Refused, socket_url
from ovos_voice_agent.errors import ClientError, TransportClosed

_MASK = b"\x37\xfa\x21\x3d"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_HEAD_END = b"\r\n\r\n"
_CONNECT_LIMIT_S = 60.0


class _Head(msgspec.Struct):
    type: str


_head = msgspec.json.Decoder(_Head)


def frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """One whole frame as a client sends it."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8, "big")
    mask = int.from_bytes((_MASK * (size // 4 + 1))[:size], "big")
    return head + _MASK + (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big")


def event_type(payload: bytes) -> str:
    """What a server event is, without reading the rest of it."""
    return _head.decode(payload).type


class TurnedAway(Refused):
    """The server did not open the session. `retry_after_s`: when it asks to be asked again, if it does."""

    def __init__(self, status: int, head: bytes) -> None:
        super().__init__(f"the server answered {status}", status=status)
        named = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
        seconds = named.get(b"retry-after", b"").strip()
        self.retry_after_s = int(seconds) if seconds.isdigit() else None


class Socket(asyncio.Protocol):
    """One open connection. `on_event(type, payload)` is called for each server event."""

    def __init__(self, request: bytes) -> None:
        self.on_event: Callable[[str, bytes], None] = lambda _type, _payload: None
        self.closed = False
        self._upgraded = False
        self._request = request
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self.opened = self.expect("session.created")

    # ------------------------------------------------------------------------------------------------------------ using

    def write(self, frames: bytes) -> None:
        """Send frames that are ready; after the connection was lost they are dropped."""
        if self._transport is not None and not self.closed:
            self._transport.write(frames)

    def expect(self, event: str) -> asyncio.Future[bytes]:
        """The next server event of this type. It raises Refused, TransportClosed, or ClientError for an `error`."""
        waiting = self._waiting.setdefault(event, asyncio.get_running_loop().create_future())
        if self.closed:
            self._fail(TransportClosed("the connection is closed"))
        return waiting

    def abort(self) -> None:
        """Vanish without a word."""
        if self._transport is not None:
            self._transport.abort()

    # --------------------------------------------------------------------------------------------------------- protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if self._upgraded or self._upgrade():
            while self._next_frame():
                pass

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._fail(TransportClosed(str(exc or "the server closed the connection")))

    def _fail(self, error: Exception) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
                future.exception()  # nobody may be waiting
        self._waiting.clear()

    def _upgrade(self) -> bool:
        head, end, rest = self._rest.partition(_HEAD_END)
        if not end:
            return False
        status = int(head.split(b" ", 2)[1])
        if status != 101:
            self._fail(TurnedAway(status, head))
            self.abort()
            return False
        self._rest = rest
        self._upgraded = True
        return True

    def _next_frame(self) -> bool:
        """Handle one frame if it is whole."""
        data = self._rest
        if len(data) < 2:
            return False
        size, start = data[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return False
        self._rest = data[start + size :]
        self._take(data[0] & 0x0F, data[start : start + size])
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            event = event_type(payload)
            self.on_event(event, payload)
            if event == "error":
                self._fail(ClientError(payload.decode()))
            waiting = self._waiting.pop(event, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(payload)
        elif opcode == _PING:
            self.write(frame(payload, _PONG))
        elif opcode == _CLOSE:
            self.abort()


async def open_socket(url: str) -> Socket:
    """Connect to a base URL, and wait for `session.created`.

    Raises TurnedAway when the server says no, OSError and TransportClosed when it says nothing, TimeoutError.
    """
    address = urlsplit(socket_url(url, {"model": "gpt-realtime"}))
    request = (
        f"GET {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    ).encode()
    async with asyncio.timeout(_CONNECT_LIMIT_S):
        _, socket = await asyncio.get_running_loop().create_connection(
            lambda: Socket(request), address.hostname or "127.0.0.1", address.port or 80
        )
        await socket.opened
    return socket
