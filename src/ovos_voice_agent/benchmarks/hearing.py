"""Hearing: how often a person is cut off, and how often a noise is taken for one, as the server itself reports it.

Rules: every clip is a session of its own, all at once, at the speed of speech. A cut-off is a `speech_stopped` whose
audio ends before the sound does. Pauses of 300 ms are put in where the clip is quietest; noise is added at 10 dB below
the speech. Noises are made here, from a seed: a quiet room, a loud one, bursts such as a cough or a door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float, float_of_bytes
from ovos_voice_agent.benchmarks.crowd import FRAME_MS, SEED, Crowd, Part, append_frames, gathered, room_noise
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.speech import LEVEL_MS, TAIL_MS, Utterance
from ovos_voice_agent.client.sound import BYTES_PER_MS, WIRE_HZ

PAUSE_MS = 300
SNR_DB = 10.0
BURST_MS = 120
BURSTS = 6
BURST_EVERY_MS = 1_200
LATEST_S = 2.0
"""What the last decisions may take after the last frame."""
CUT_OFF_TARGET_PERCENT = 5.0
NOISE_TARGET_PERCENT = 5.0

DETECTORS: dict[str, dict[str, Any]] = {
    "server_vad": {"type": "server_vad", "create_response": False},
    "semantic_vad": {"type": "semantic_vad", "create_response": False},
}


@dataclass(frozen=True, slots=True)
class Clip:
    """`pcm` is mono int16 at 24 kHz; the sound in it ends at `end_ms`, None where there is nobody to hear."""

    name: str
    pcm: bytes
    end_ms: float | None = None


@dataclass(slots=True)
class Heard:
    """What the server made of one clip: where it heard speech begin and end, in milliseconds of the clip."""

    starts_ms: list[int] = field(default_factory=list)
    stops_ms: list[int] = field(default_factory=list)

    def event(self, kind: str, payload: bytes) -> None:
        if kind == "input_audio_buffer.speech_started":
            self.starts_ms.append(msgspec.json.decode(payload)["audio_start_ms"])
        elif kind == "input_audio_buffer.speech_stopped":
            self.stops_ms.append(msgspec.json.decode(payload)["audio_end_ms"])


def spoken(utterances: Sequence[Utterance]) -> list[Clip]:
    """Each utterance as it is, with a pause, and in noise."""
    clips = []
    for utterance in utterances:
        paused = with_pause(utterance)
        clips += [
            Clip("as recorded", utterance.pcm, utterance.end_ms),
            Clip("with a pause", paused, utterance.end_ms + PAUSE_MS),
            Clip("in noise", in_noise(utterance), utterance.end_ms),
        ]
    return clips


def noises() -> list[Clip]:
    """What nobody said."""
    return [
        Clip("quiet room", room_noise()),
        Clip("loud room", room_noise(level_dbfs=-35.0, seed=SEED + 1)),
        Clip("bursts", bursts()),
    ]


def with_pause(utterance: Utterance) -> bytes:
    """A pause at the quietest place of the middle half of the sound."""
    samples = float_of_bytes(utterance.pcm)
    first, last = (int(utterance.onset_ms + share * (utterance.end_ms - utterance.onset_ms)) for share in (0.25, 0.75))
    size = LEVEL_MS * WIRE_HZ // 1000
    levels = [float(np.mean(samples[at : at + size] ** 2)) for at in range(first * 24, last * 24, size)]
    cut = (first + int(np.argmin(levels)) * LEVEL_MS) * BYTES_PER_MS
    return utterance.pcm[:cut] + bytes(PAUSE_MS * BYTES_PER_MS) + utterance.pcm[cut:]


def in_noise(utterance: Utterance) -> bytes:
    """Noise of a room all over it, `SNR_DB` below the loud parts of the speech."""
    samples = float_of_bytes(utterance.pcm)
    loud = samples[int(utterance.onset_ms) * 24 : int(utterance.end_ms) * 24]
    level_dbfs = 10 * np.log10(np.mean(loud**2)) - SNR_DB
    noise = float_of_bytes(room_noise(len(samples) // WIRE_HZ + 1, level_dbfs, SEED + 2))
    return bytes_of_float(samples + noise[: len(samples)])


def bursts() -> bytes:
    """Short noises that fade, as of a cough or a door."""
    generator = np.random.default_rng(SEED + 3)
    count = BURST_MS * WIRE_HZ // 1000
    fading = np.exp(-np.arange(count) / (count / 5))
    pieces: list[FloatSamples] = []
    for _ in range(BURSTS):
        burst = (0.3 * generator.standard_normal(count) * fading).astype(np.float32)
        pieces += [burst, np.zeros(BURST_EVERY_MS * WIRE_HZ // 1000 - count, np.float32)]
    return bytes_of_float(np.concatenate(pieces))


async def hearing(report: Report, utterances: Sequence[Utterance]) -> None:
    """Let the server hear everything, with each kind of turn detection."""
    clips = [*spoken(utterances), *noises()]
    for detector, settings in DETECTORS.items():
        heard = await listen(report.url, clips, settings)
        judge(report, detector, clips, heard)


async def listen(url: str, clips: Sequence[Clip], settings: dict[str, Any]) -> list[Heard]:
    """What the server hears in each clip, all at once. Raises as `gathered`."""
    tail = bytes(TAIL_MS * BYTES_PER_MS)
    parts = [Part(clip.name, append_frames(clip.pcm + tail), settings, once=True) for clip in clips]
    heard = [Heard() for _ in clips]
    async with gathered(url, parts) as crowd:
        for member, one in zip(crowd.members, heard, strict=True):
            member.socket.on_event = one.event
        await _play(crowd)
    return heard


async def _play(crowd: Crowd) -> None:
    longest = max(len(member.part.frames) for member in crowd.members)
    streaming = asyncio.ensure_future(crowd.stream())
    await asyncio.sleep(longest * FRAME_MS / 1000 + LATEST_S)
    streaming.cancel()


def judge(report: Report, detector: str, clips: Sequence[Clip], heard: Sequence[Heard]) -> None:
    """Count cut-offs and false starts. A clip whose speech was not heard counts as lost."""
    benchmark = f"hearing, {detector}"
    speech = [(clip, clip.end_ms, one) for clip, one in zip(clips, heard, strict=True) if clip.end_ms is not None]
    report.lost += sum(not one.stops_ms for _, _, one in speech)
    for name in dict.fromkeys(clip.name for clip, _, _ in speech):
        cut = [100.0 * any(stop < end for stop in one.stops_ms) for clip, end, one in speech if clip.name == name]
        share = sum(cut) / len(cut)
        report.measures.append(
            Measure(benchmark, f"cut off, {name}", "%", (share,), CUT_OFF_TARGET_PERCENT, f"of {len(cut)} clips")
        )
    late = tuple(one.stops_ms[-1] - end for _, end, one in speech if one.stops_ms)
    report.measures.append(Measure(benchmark, "end of sound to end of turn", "ms", late))
    for clip, one in zip(clips, heard, strict=True):
        if clip.end_ms is None:
            tries = BURSTS if clip.name == "bursts" else 1
            share = 100.0 * min(1.0, len(one.starts_ms) / tries)
            report.measures.append(
                Measure(benchmark, f"taken for speech, {clip.name}", "%", (share,), NOISE_TARGET_PERCENT)
            )
