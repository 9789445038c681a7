"""The words between an engine and its worker processes, and how they are framed on a socket.

Rules:

- A frame is four bytes of length, big endian, and one message in MessagePack. Bodies are plain data: text, numbers,
  bytes, lists, dicts and None.
- A *task* is one piece of work in a worker: an utterance, a phrase. The engine numbers them and never reuses a number
  while a worker lives.
- After `Done` or `Failed`, and after it sent `Drop`, the engine hears nothing more of a task.
"""

from __future__ import annotations

import struct
from typing import Any, TypeAlias

import msgspec

FRAME_LIMIT_BYTES = 64 * 1024 * 1024
"""Longer frames are a fault: an hour of speech at 16 kHz is 115 MB, and nobody feeds that in one piece."""

_LENGTH = struct.Struct(">I")


class Begin(msgspec.Struct, frozen=True, array_like=True, tag="begin"):
    """To the worker: start a task."""

    task: int
    body: Any


class More(msgspec.Struct, frozen=True, array_like=True, tag="more"):
    """To the worker: more input for a task."""

    task: int
    body: Any


class Drop(msgspec.Struct, frozen=True, array_like=True, tag="drop"):
    """To the worker: forget a task at once."""

    task: int


class Ping(msgspec.Struct, frozen=True, array_like=True, tag="ping"):
    """To the worker: answer with `Pong` between two slices of work."""


class Ready(msgspec.Struct, frozen=True, array_like=True, tag="ready"):
    """From the worker, first and once: loaded. `body` is what it tells of itself, `pid` its process."""

    body: Any
    pid: int = 0


class Broken(msgspec.Struct, frozen=True, array_like=True, tag="broken"):
    """From the worker, first and last: it cannot load, for this reason."""

    message: str


class Item(msgspec.Struct, frozen=True, array_like=True, tag="item"):
    """From the worker: a piece of a task's result."""

    task: int
    body: Any


class Done(msgspec.Struct, frozen=True, array_like=True, tag="done"):
    """From the worker: a task's end and result."""

    task: int
    body: Any


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """From the worker: a task raised."""

    task: int
    message: str


class Pong(msgspec.Struct, frozen=True, array_like=True, tag="pong"):
    """From the worker: alive, and not stuck in a slice of work."""


class Others(msgspec.Struct, frozen=True, array_like=True, tag="others"):
    """From a worker that is shared, whenever it changes: how many tasks the other serving processes have there."""

    tasks: int


ToWorker: TypeAlias = Begin | More | Drop | Ping
FromWorker: TypeAlias = Ready | Broken | Item | Done | Failed | Pong | Others

_encoder = msgspec.msgpack.Encoder()
_to_worker = msgspec.msgpack.Decoder(ToWorker)
_from_worker = msgspec.msgpack.Decoder(FromWorker)


def pack(message: ToWorker | FromWorker) -> bytes:
    """One frame."""
    content = _encoder.encode(message)
    return _LENGTH.pack(len(content)) + content


def unpack_to_worker(content: bytes) -> ToWorker:
    """Raises msgspec.MsgspecError for anything else."""
    message: ToWorker = _to_worker.decode(content)
    return message


def unpack_from_worker(content: bytes) -> FromWorker:
    """Raises msgspec.MsgspecError for anything else."""
    message: FromWorker = _from_worker.decode(content)
    return message


class Unframer:
    """Cuts a stream of bytes into the contents of frames, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def push(self, data: bytes) -> list[bytes]:
        """The frames that `data` completed, in order. Raises ValueError for one beyond `FRAME_LIMIT_BYTES`."""
        self._pending += data
        contents = []
        start = 0
        while len(self._pending) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending, start)
            if length > FRAME_LIMIT_BYTES:
                raise ValueError("a frame is too long")
            end = start + _LENGTH.size + length
            if end > len(self._pending):
                break
            contents.append(bytes(self._pending[start + _LENGTH.size : end]))
            start = end
        del self._pending[:start]
        return contents
