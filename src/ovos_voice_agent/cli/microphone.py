"""Microphone and speaker of this machine, for `talk`: speak, listen, and interrupt by speaking.

Rules: the sound card's callbacks run in threads of their own and touch only `Playback` (which locks) and the event
loop's `call_soon_threadsafe`. When the person interrupts, what was not played yet is dropped and the server is told how
much was heard, so that its memory of the answer ends there.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ovos_voice_agent.client import Connection, Turn
from ovos_voice_agent.errors import ClientError, TransportClosed

RATE_HZ = 24_000
BLOCK_SAMPLES = 480
"""20 ms: short enough not to be felt, long enough for any sound card."""
BYTES_PER_MS = RATE_HZ * 2 // 1000


class Playback:
    """What is still to be played, as mono int16 at 24 kHz, and how much of the current item was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._item_id: str | None = None
        self._played_bytes = 0

    def push(self, item_id: str, pcm: bytes) -> None:
        """More of an item; a new item starts its own count."""
        with self._lock:
            if item_id != self._item_id:
                self._item_id, self._played_bytes = item_id, 0
            self._waiting += pcm

    def pull(self, size: int) -> bytes:
        """The next `size` bytes for the sound card, filled up with silence."""
        with self._lock:
            piece = bytes(self._waiting[:size])
            del self._waiting[:size]
            self._played_bytes += len(piece)
        return piece.ljust(size, b"\0")

    def drop(self) -> tuple[str, int] | None:
        """Stop at once. Returns the item and the milliseconds of it that were heard, or None if all of it was."""
        with self._lock:
            if not self._waiting or self._item_id is None:
                return None
            self._waiting.clear()
            return self._item_id, self._played_bytes // BYTES_PER_MS


async def converse(connection: Connection, report: Callable[[Turn], None]) -> int:
    """Talk until the server or Ctrl-C ends it. Raises ClientError when this machine has no sound."""
    sound = _sound()
    playback = Playback()
    frames: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def heard(data: Any, _count: int, _time: Any, _status: Any) -> None:
        loop.call_soon_threadsafe(frames.put_nowait, bytes(data))

    def wanted(data: Any, count: int, _time: Any, _status: Any) -> None:
        data[:] = playback.pull(count * 2)

    form = {"samplerate": RATE_HZ, "blocksize": BLOCK_SAMPLES, "channels": 1, "dtype": "int16"}
    try:
        with sound.RawInputStream(callback=heard, **form), sound.RawOutputStream(callback=wanted, **form):
            print("Speak when you like; Ctrl-C ends.")
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(_send(connection, frames))
                await _listen(connection, playback, report)
                sending.cancel()
    except sound.PortAudioError as error:
        raise ClientError(f"{_NO_SOUND} ({error})") from error
    return 0


async def _send(connection: Connection, frames: asyncio.Queue[bytes]) -> None:
    with suppress(TransportClosed):  # `_listen` meets the same end and says so
        while True:
            audio = base64.b64encode(await frames.get()).decode()
            await connection.send({"type": "input_audio_buffer.append", "audio": audio})


async def _listen(connection: Connection, playback: Playback, report: Callable[[Turn], None]) -> None:
    turn = Turn()
    clock = asyncio.get_running_loop()
    begin = clock.time()
    async for event in connection:
        if (
            turn.response and event["type"] in _NEXT_TURN
        ):  # a server without time lines: the turn ends when the next begins
            report(turn)
            turn, begin = Turn(), clock.time()
        turn.take(event, (clock.time() - begin) * 1000)
        match event["type"]:
            case "input_audio_buffer.speech_started":
                await _interrupt(connection, playback)
            case "response.output_audio.delta":
                playback.push(event["item_id"], base64.b64decode(event["delta"]))
            case "x_ovos.turn.timeline":
                report(turn)
                turn, begin = Turn(), clock.time()


_NEXT_TURN = ("input_audio_buffer.speech_started", "response.created")


async def _interrupt(connection: Connection, playback: Playback) -> None:
    cut = playback.drop()
    if cut is not None:
        event = {"type": "conversation.item.truncate", "item_id": cut[0], "content_index": 0, "audio_end_ms": cut[1]}
        await connection.send(event)


_NO_SOUND = "there is no microphone or speaker here; use --text, or --wav question.wav --out answer.wav"


def _sound() -> Any:
    """The module `sounddevice`; it loads PortAudio on import, which not every machine has."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise ClientError(_NO_SOUND) from error
    return sounddevice
