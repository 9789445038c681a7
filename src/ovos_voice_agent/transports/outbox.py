"""What waits to be sent to one client. Bounded: whoever makes much waits for room, and so a slow reader slows it down.

Three marks: above `HIGH_BYTES` those who make audio and text wait until `LOW_BYTES`; above `FULL_BYTES` nothing more is
read from the client either, for its own events are then what fills the outbox.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.protocol.server_events import ServerEvent

HIGH_BYTES = 1024 * 1024
"""16 s of pcm16 in Base64: enough to bridge any pause of the network, little enough to throw away at a barge-in."""
LOW_BYTES = 256 * 1024
FULL_BYTES = 8 * 1024 * 1024

AsgiSend = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Encode = Callable[[ServerEvent], bytes | None]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Why the connection is closed, after everything before it was sent."""

    code: int
    reason: str


class Outbox:
    """One client's frames in order, with one writer (`drain`)."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._frames: deque[bytes] = deque()
        self._goodbye: Goodbye | None = None
        self._waiting_bytes = 0
        self._something = asyncio.Event()
        self._writable = _open_gate()
        self._room = _open_gate()
        self.frames_sent = 0
        """Frames that the server took over so far; shows whether the reader takes anything."""

    @property
    def waiting_bytes(self) -> int:
        return self._waiting_bytes

    def send(self, event: ServerEvent) -> None:
        """Add an event; after `close` it is dropped."""
        if self._goodbye is not None or (frame := self._encode(event)) is None:
            return
        self._frames.append(frame)
        self._count(len(frame))
        self._something.set()

    def close(self, code: int, reason: str) -> None:
        """Nothing more is added; `drain` sends what waits, then this. The first reason counts."""
        if self._goodbye is None:
            self._goodbye = Goodbye(code, reason)
            self._something.set()

    async def writable(self) -> None:
        """Wait until there is room for more audio or text. Everybody is let go once `abandon` was called."""
        await self._writable.wait()

    @property
    def has_room(self) -> bool:
        """Whether there is room for answers to further client events."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait for it."""
        await self._room.wait()

    def abandon(self) -> None:
        """The client is gone: forget everything, and let those who wait go on to their end."""
        self.close(1006, "")
        self._frames.clear()
        self._count(-self._waiting_bytes)

    async def drain(self, send: AsgiSend) -> None:
        """Send everything, in order, until `close`. Raises OSError when the connection breaks."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                await send({"type": "websocket.send", "text": frame.decode()})
                self.frames_sent += 1
                if self._waiting_bytes:  # `abandon` may have set it to 0 meanwhile
                    self._count(-len(frame))
            if self._goodbye is not None:
                await send({"type": "websocket.close", "code": self._goodbye.code, "reason": self._goodbye.reason})
                return
            self._something.clear()
            await self._something.wait()

    def _count(self, more_bytes: int) -> None:
        self._waiting_bytes += more_bytes
        if more_bytes > 0:
            if self._waiting_bytes > HIGH_BYTES:
                self._writable.clear()
            if self._waiting_bytes > FULL_BYTES:
                self._room.clear()
            return
        if self._waiting_bytes <= LOW_BYTES:
            self._writable.set()
        if self._waiting_bytes <= HIGH_BYTES:
            self._room.set()


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
