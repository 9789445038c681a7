"""What a serving process and the foreman of the shared workers say to each other, on a connection for each worker.

Rules: first `Hire`, answered with `Hired` or `Refused`; then `Check` as often as needed. The connection is the hiring:
who closes it needs the worker no more. Messages are MessagePack behind their length.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from ovos_voice_agent.engines.worker_process import WorkerSpec

_LENGTH_BYTES = 4


class Hire(msgspec.Struct, frozen=True, tag=True):
    """To the foreman: run this, unless it runs already. `number` tells processes apart that are alike."""

    spec: WorkerSpec
    number: int = 0


class Check(msgspec.Struct, frozen=True, tag=True):
    """To the foreman: kill it, unless it answers a ping in time."""

    within_s: float


class Hired(msgspec.Struct, frozen=True, tag=True):
    """From the foreman: it is warm and listens at this path."""

    door: str


class Refused(msgspec.Struct, frozen=True, tag=True):
    """From the foreman: it cannot start, in words for people."""

    reason: str


_encoder = msgspec.msgpack.Encoder()


def tell(writer: asyncio.StreamWriter, message: Hire | Check | Hired | Refused) -> None:
    """Send it; dropped when the other end is gone."""
    if not writer.is_closing():
        body = _encoder.encode(message)
        writer.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)


async def hear(reader: asyncio.StreamReader, kind: Any) -> Any:
    """The next message, one of that kind; None when the other end is gone. Raises msgspec.MsgspecError."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
        return msgspec.msgpack.decode(await reader.readexactly(length), type=kind)
    except (OSError, asyncio.IncompleteReadError):
        return None
