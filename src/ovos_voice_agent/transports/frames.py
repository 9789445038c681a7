"""Cuts what a WebSocket client sends into its frames: usual ones are unmasked here, all others are left to a parser.

Rules:

- A usual frame is a whole, masked, final text frame of up to `LARGEST_USUAL` bytes, and no message is open: nearly all
  that clients send, and all that this file understands. A tenth of the time of a full parser is enough for it.
- Everything else (fragments, binary frames, pings, closes, large frames, mistakes) comes out as it came, in the order
  of its arrival, for a parser that knows the rest of RFC 6455 and finds the mistakes.
- Nothing is copied twice, and at most one usual frame waits for its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without its C extension
    from websockets.utils import apply_mask

LARGEST_USUAL = 0xFFFF
_FINAL_TEXT = 0x81
_MASKED = 0x80
_SIZE_16 = 126
_SMALLEST_16 = 8
"""The head of a masked frame whose size takes 16 bits."""
_LAST_DATA = 0x2
"""Of the opcodes: continuation, text and binary, then those of control frames."""


class Piece(NamedTuple):
    """The payload of a usual frame (`usual`), or bytes for the parser."""

    usual: bool
    data: bytes


class Cutter:
    """The frames of one connection, from the first byte after its handshake."""

    __slots__ = ("_message_open", "_rest", "_strange_left")

    def __init__(self) -> None:
        self._rest = b""
        self._strange_left = 0
        self._message_open = False

    def one(self, data: bytes) -> bytes | None:
        """The payload where `data` is one usual frame and nothing else, as it nearly always is; else None, and nothing
        is done."""
        if self._rest or self._strange_left or self._message_open or len(data) < _SMALLEST_16 or data[0] != _FINAL_TEXT:
            return None
        if data[1] != _MASKED | _SIZE_16 or data[2] << 8 | data[3] != len(data) - _SMALLEST_16:
            return None
        return apply_mask(data[_SMALLEST_16:], data[4:_SMALLEST_16])

    def cut(self, data: bytes) -> Iterator[Piece]:
        """All that is decided by the bytes so far. Go through it to the end before the next call."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        at = 0
        while at < len(data):
            if self._strange_left:
                end = min(len(data), at + self._strange_left)
                self._strange_left -= end - at
                yield Piece(usual=False, data=data[at:end])
                at = end
                continue
            head = _head(data, at)
            if head is None:
                break
            start, end = head
            if not self._is_usual(data, at, end - start):
                self._begin_strange(data[at], end - at)
            elif end > len(data):
                break
            else:
                yield Piece(usual=True, data=apply_mask(data[start:end], data[start - 4 : start]))
                at = end
        self._rest = data[at:]

    def _is_usual(self, data: bytes, at: int, size: int) -> bool:
        masked = data[at + 1] & _MASKED
        return bool(data[at] == _FINAL_TEXT and masked and size <= LARGEST_USUAL and not self._message_open)

    def _begin_strange(self, first: int, whole: int) -> None:
        """A frame of `whole` bytes for the parser; notes whether it opens or ends a message in fragments."""
        self._strange_left = whole
        if first & 0x0F <= _LAST_DATA:
            self._message_open = not first & 0x80


def _head(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `at` begins and ends; None while too little of it is there to tell."""
    if len(data) < at + 2:
        return None
    size, start = data[at + 1] & 0x7F, at + 2
    if size >= _SIZE_16:
        start += 2 if size == _SIZE_16 else 8
        if len(data) < start:
            return None
        size = int.from_bytes(data[at + 2 : start], "big")
    start += 4 if data[at + 1] & _MASKED else 0
    return (start, start + size) if len(data) >= start else None
