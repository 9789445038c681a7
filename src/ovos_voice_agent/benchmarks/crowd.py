"""Many sessions at once that stream at the speed of speech, their frames made beforehand.

Rules: sessions are spread evenly over the time of a frame, as in life; a generator that falls behind says by how much,
for then it measured itself.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from ovos_voice_agent.audio.pcm import bytes_of_float
from ovos_voice_agent.benchmarks.wire import Socket, frame, open_socket
from ovos_voice_agent.client.sound import BYTES_PER_MS, WIRE_HZ

FRAME_MS = 40
SLOT_MS = 1
CONNECTING_AT_ONCE = 20

NOISE_DBFS = -55.0
"""A quiet room, as a headset hears it."""
NOISE_S = 8
SEED = 1


@dataclass(frozen=True, slots=True)
class Part:
    """What a session of the crowd does: it streams `frames`, over and over or `once`, or nothing when there are none.

    `turn_detection` is its setting; None leaves the server's default.
    """

    name: str
    frames: tuple[bytes, ...] = ()
    turn_detection: dict[str, Any] | None = None
    once: bool = False


def append_frames(pcm: bytes) -> tuple[bytes, ...]:
    """Mono int16 at 24 kHz as `input_audio_buffer.append` events of 40 ms, ready for the wire; a rest is left out."""
    size = FRAME_MS * BYTES_PER_MS
    chunks = (pcm[start : start + size] for start in range(0, len(pcm) - size + 1, size))
    return tuple(
        _event({"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()}) for chunk in chunks
    )


def room_noise(seconds: int = NOISE_S, level_dbfs: float = NOISE_DBFS, seed: int = SEED) -> bytes:
    """Noise that falls by 3 dB per octave, as rooms have it: mono int16 at 24 kHz."""
    count = seconds * WIRE_HZ
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / WIRE_HZ), 20.0))
    noise = np.fft.irfft(spectrum, count)
    return bytes_of_float((noise / np.sqrt(np.mean(noise**2)) * 10 ** (level_dbfs / 20)).astype(np.float32))


def _event(event: dict[str, Any]) -> bytes:
    return frame(msgspec.json.encode(event))


@dataclass(slots=True)
class Member:
    """One session. `at` is the next of its frames; `turns` counts those that the server took, `answers` what became of
    them."""

    socket: Socket
    part: Part
    at: int = 0
    turns: int = 0
    answers: dict[str, int] = field(default_factory=dict)

    def speak(self) -> None:
        """Send the next frame, if there is one."""
        frames = self.part.frames
        if self.part.once and self.at == len(frames):
            return
        self.socket.write(frames[self.at % len(frames)])
        self.at += 1

    def hear(self, event: str, payload: bytes) -> None:
        if event == "input_audio_buffer.committed":
            self.turns += 1
        elif event == "response.done":
            status = msgspec.json.decode(payload)["response"]["status"]
            self.answers[status] = self.answers.get(status, 0) + 1

    async def update(self) -> float:
        """The milliseconds from an empty `session.update` to its answer. Raises TransportClosed."""
        begin = time.monotonic()
        updated = self.socket.expect("session.updated")
        self.socket.write(_EMPTY_UPDATE)
        await updated
        return (time.monotonic() - begin) * 1000


_ANSWERED = ("completed", "cancelled", "incomplete")
_EMPTY_UPDATE = _event({"type": "session.update", "session": {"type": "realtime"}})


class Crowd:
    """All sessions of one measurement. `late_ms` is how far the generator fell behind its own clock at most."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.late_ms = 0.0
        speakers = [member for member in members if member.part.frames]
        slots = FRAME_MS // SLOT_MS
        self._slots = [
            (slot * SLOT_MS / 1000, speakers[slot * len(speakers) // slots : (slot + 1) * len(speakers) // slots])
            for slot in range(slots)
        ]

    async def stream(self) -> None:
        """Send frames until cancelled."""
        begin = time.monotonic()
        slots = [(offset_s, members) for offset_s, members in self._slots if members]
        number = 0
        while slots:
            for offset_s, members in slots:
                due = begin + number * FRAME_MS / 1000 + offset_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self.late_ms = max(self.late_ms, (time.monotonic() - due) * 1000)
                for member in members:
                    member.speak()
            number += 1
        await asyncio.Event().wait()

    @property
    def turns(self) -> int:
        """Turns that the server took."""
        return sum(member.turns for member in self.members)

    @property
    def unanswered(self) -> int:
        """Turns that were not answered: nothing came of them, or a failure. One that was interrupted was answered."""
        answered = sum(member.answers.get(status, 0) for member in self.members for status in _ANSWERED)
        return max(0, self.turns - answered)

    @property
    def lost(self) -> int:
        """Sessions that the server has ended."""
        return sum(member.socket.closed for member in self.members)


@asynccontextmanager
async def gathered(url: str, parts: Iterable[Part]) -> AsyncIterator[Crowd]:
    """A session for each part, all configured and silent; they vanish at the end of the block.

    Raises Refused, TransportClosed, OSError, TimeoutError when one cannot be opened.
    """
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
    sockets: list[Socket] = []

    async def join(part: Part) -> Member:
        async with gate:
            socket = await open_socket(url)
            sockets.append(socket)
            member = Member(socket, part)
            socket.on_event = member.hear
            await _configure(socket, part)
        return member

    try:
        yield Crowd(await asyncio.gather(*[join(part) for part in parts]))
    finally:
        for socket in sockets:
            socket.abort()


async def _configure(socket: Socket, part: Part) -> None:
    if part.turn_detection is not None:
        session = {"type": "realtime", "audio": {"input": {"turn_detection": part.turn_detection}}}
        updated = socket.expect("session.updated")
        socket.write(_event({"type": "session.update", "session": session}))
        await updated
