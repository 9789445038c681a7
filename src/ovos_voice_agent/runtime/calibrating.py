"""What one session that listens costs on this machine, found out before the first one comes.

Rules:

- Sessions like any other hear sound that is made here: digital silence, the noise of a room, and something like speech,
  frame by frame and side by side, so that the detector has batches as in life. Only the client, the recogniser and the
  reply are missing.
- CPU time is measured, not time: a machine that is busy with something else is not taken for a slow one.
- The event loop gets its turn every few milliseconds; all of it takes about a quarter of a second of one core.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, cycle, islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.audio.pcm import bytes_of_float
from ovos_voice_agent.core.engine_events import Opened
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.session import Identity, Session
from ovos_voice_agent.engines.interface import EngineInfo, Partial, SttOptions, Transcript, Vad
from ovos_voice_agent.protocol.client_events import InputAudioBufferAppend
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.protocol.settings import AudioSettings, InputAudioSettings, ServerVad, TranscriptionSettings
from ovos_voice_agent.runtime.capacity import KINDS, Cost, Kind
from ovos_voice_agent.runtime.runner import SessionRunner
from ovos_voice_agent.runtime.world import Engines, World

SESSIONS = 10
"""As many as are judged together when some fifty stream; more of them make each cheaper."""
FRAMES = 12
FRAME_S = 0.04
RATE_HZ = 24_000
FRAME_SAMPLES = round(FRAME_S * RATE_HZ)
SETTLE_S: Mapping[Kind, float] = {"silence": 5.0, "noise": 1.0, "speech": 0.2}
"""What is heard before the measurement: a session in silence is cheap after four seconds, and one in noise once the
noise is known."""
LIMIT_S = 3.0
"""Whatever it has found out by then: a detector somewhere else must not keep the server from starting."""

NOISE_LEVEL = 0.002
"""-54 dBFS: a quiet room, as a headset hears it."""
SPEECH_LEVEL = 0.1
PITCH_HZ = 120.0
SYLLABLES_HZ = 4.0
_SEED = 1
HANDOVERS = 200


class Clocks(NamedTuple):
    """CPU seconds so far: of this thread, and of the whole process."""

    loop_s: float
    process_s: float

    @classmethod
    def now(cls) -> Clocks:
        return cls(time.thread_time(), time.process_time())


async def calibrate(vad: Vad, clocks: Callable[[], Clocks] = Clocks.now) -> dict[Kind, Cost]:
    """The cost of a session by what it streams, as far as it was found out in time. On the thread of the event loop."""
    costs: dict[Kind, Cost] = {}
    handover_s = await _handover_s()
    try:
        async with asyncio.timeout(LIMIT_S):
            for kind in KINDS:
                costs[kind] = await _cost(kind, vad, handover_s, clocks)
    except TimeoutError:
        pass
    return costs


async def _cost(kind: Kind, vad: Vad, handover_s: float, clocks: Callable[[], Clocks]) -> Cost:
    crowd = [_session(vad) for _ in range(SESSIONS)]
    sounds = sound(kind)
    settling = sounds[: 2 * round(SETTLE_S[kind] * RATE_HZ)]
    frames = list(islice(cycle(_frames(sounds)), FRAMES))
    try:
        for runner in crowd:
            runner.post(InputAudioBufferAppend(audio=settling))
            await runner.caught_up()
        before = clocks()
        for frame in frames:
            await _hear(crowd, frame)
        spent = [now - then for now, then in zip(clocks(), before, strict=True)]
    finally:
        for runner in crowd:
            await runner.close()
    loop_s, process_s = (handover_s + cpu_s / (SESSIONS * FRAMES) for cpu_s in spent)
    return Cost(loop_s / FRAME_S, max(loop_s, process_s) / FRAME_S)


async def _hear(crowd: Sequence[SessionRunner], frame: str) -> None:
    """The same frame for all, as it comes from a socket; returns when it is judged."""
    for runner in crowd:
        event = _DECODER.decode(frame)
        assert isinstance(event, InputAudioBufferAppend)
        if not runner.hold(event):
            runner.post(event)
    for runner in crowd:
        if not runner.is_caught_up:
            await runner.caught_up()
    await asyncio.sleep(0)


def _session(vad: Vad) -> SessionRunner:
    """One that only listens: nothing it hears leads to a reply."""
    nobody: Any = _Deaf()
    ids = count()
    world = World(Engines(vad, stt=_Deaf(), llm=nobody, tts=nobody), new_id=lambda kind: f"{kind}_{next(ids)}")
    heard = InputAudioSettings(turn_detection=ServerVad())
    settings = TranscriptionSettings(audio=AudioSettings(input=heard))
    session = Session(Identity("sess_calibration", 0), settings, Offer(), world.new_id, world.clock())
    runner = SessionRunner("sess_calibration", session, world, _Nowhere())
    runner.post(Opened())
    return runner


# ------------------------------------------------------------------------------------------------------------ the sound


def sound(kind: Kind) -> bytes:
    """Seconds of it, the settling included: mono int16 at 24 kHz, the same every time."""
    samples = round((SETTLE_S[kind] + FRAMES * FRAME_S) * RATE_HZ)
    if kind == "silence":
        return bytes(2 * samples)
    noise = _room_noise(samples)
    if kind == "noise":
        return bytes_of_float((NOISE_LEVEL * noise).astype(np.float32))
    at_s = np.arange(samples, dtype=np.float32) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * PITCH_HZ * n * at_s) / n for n in range(1, 20))
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * SYLLABLES_HZ * at_s)
    return bytes_of_float((SPEECH_LEVEL * syllables * (voice + 0.1 * noise)).astype(np.float32))


def _room_noise(samples: int) -> npt.NDArray[np.float64]:
    """It falls by 3 dB per octave, as rooms have it; RMS 1."""
    spectrum = np.fft.rfft(np.random.default_rng(_SEED).standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(samples, 1 / RATE_HZ), 20.0))
    noise: npt.NDArray[np.float64] = np.fft.irfft(spectrum, samples)
    noise /= np.sqrt(np.mean(noise**2))
    return noise


def _frames(pcm: bytes) -> Iterator[str]:
    """The end of it, as client events."""
    size = 2 * FRAME_SAMPLES
    tail = pcm[-FRAMES * size :]
    for start in range(0, len(tail), size):
        audio = base64.b64encode(tail[start : start + size]).decode()
        yield json.dumps({"type": "input_audio_buffer.append", "audio": audio})


class _Taking(asyncio.Protocol):
    """The end of a connection that is told when bytes come."""

    def __init__(self) -> None:
        self.taken = asyncio.Event()

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - asyncio's signature
        self.taken.set()


async def _handover_s() -> float:
    """CPU seconds that it takes to bring a frame from one socket to another, with this event loop waking up for each:
    what few sessions pay, and more than many do."""
    frame = b"x" * (FRAME_SAMPLES * 3)
    ours, theirs = socket.socketpair()
    transport, taking = await asyncio.get_running_loop().create_unix_connection(_Taking, sock=theirs)
    with ours:
        before_s = time.thread_time()
        for _ in range(HANDOVERS):
            ours.send(frame)
            await taking.taken.wait()
            taking.taken.clear()
        spent_s = time.thread_time() - before_s
    transport.close()
    return spent_s / HANDOVERS


# ----------------------------------------------------------------------------------------------------- who is not there

_DECODER = ClientEventDecoder()


class _Nowhere:
    """Implements `Sink`."""

    def send(self, event: Any) -> None: ...

    async def writable(self) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class _Deaf:
    """Implements `Stt` and `SttStream`: hears nothing at once."""

    memory = None

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(kind="stt", name="none", quality="hears nothing")

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> _Deaf:  # noqa: ARG002
        return self

    def feed(self, pcm: bytes) -> None: ...

    async def finish(self) -> Transcript:
        return Transcript("")

    def cancel(self) -> None: ...
