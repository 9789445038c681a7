"""Hearing: how often a person is cut off against how soon turns end, and how often a noise is taken for a person.

Rules: every clip is a session of its own, many at once, at the speed of speech. What counts are positions in the sound,
so a busy machine changes nothing but the time it takes. A cut-off is a `speech_stopped` whose audio ends before the
sound does. The recogniser tells the words of the clips at their times where the server is ours.
Each way to end turns is a point of a curve: plain silence of several lengths, `semantic_vad` with each eagerness, and
both with a turn model where one is given. Noises are made here, from a seed: a quiet room, a loud one, bursts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float
from ovos_voice_agent.benchmarks.clip_server import clip_name
from ovos_voice_agent.benchmarks.clips import Clip, Recording, cut_short, spoken
from ovos_voice_agent.benchmarks.crowd import FRAME_MS, SEED, Crowd, Part, append_frames, gathered, room_noise
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.wire import Socket, frame
from ovos_voice_agent.client.sound import BYTES_PER_MS, WIRE_HZ

BURST_MS = 120
BURSTS = 6
BURST_EVERY_MS = 1_200
AT_ONCE = 40
"""Clips: about half a core of the server."""
LATEST_S = 60.0
"""What the last decisions may take after the last frame, on a busy machine."""
EARLY_MS = 50
"""So much before the measured end of a sound nobody has been cut off: it fades."""
NOISE_TARGET_PERCENT = 5.0
SOONER_TARGET_MS = -200.0


@dataclass(frozen=True, slots=True)
class Point:
    """One way to end turns. `patience_ms`: the longest it may take; so much silence follows each clip."""

    name: str
    turn_detection: dict[str, Any]
    patience_ms: int


def _silence(ms: int) -> Point:
    settings = {"type": "server_vad", "silence_duration_ms": ms, "create_response": False}
    return Point(f"silence {ms} ms", settings, ms + 1_000)


def _semantic(eagerness: str, patience_ms: int) -> Point:
    settings = {"type": "semantic_vad", "eagerness": eagerness, "create_response": False}
    return Point(f"semantic {eagerness}", settings, patience_ms)


SILENCES = tuple(_silence(ms) for ms in (200, 300, 400, 500, 700, 1000))
SEMANTICS = (_semantic("high", 2_500), _semantic("medium", 4_500), _semantic("low", 8_500))
REFERENCE = "silence 500 ms"
USUAL = "semantic medium"


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


@dataclass(frozen=True, slots=True)
class Script:
    """All that is said: whole turns, beginnings of sentences, noises. Numbers of clips are places in `clips`."""

    whole: tuple[Clip, ...]
    cut: tuple[Clip, ...]
    noise: tuple[Clip, ...]

    @property
    def clips(self) -> tuple[Clip, ...]:
        return (*self.whole, *self.cut, *self.noise)

    @classmethod
    def of(cls, recordings: Sequence[Recording]) -> Script:
        cut = (cut_short(one) for one in recordings)
        return cls(tuple(spoken(recordings)), tuple(clip for clip in cut if clip is not None), tuple(noises()))


def noises() -> list[Clip]:
    """What nobody said."""
    return [
        Clip("quiet room", room_noise()),
        Clip("loud room", room_noise(level_dbfs=-35.0, seed=SEED + 1)),
        Clip("bursts", bursts()),
    ]


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


async def hearing(report: Report, script: Script, points: Sequence[Point], label: str = "") -> None:
    """Let the server hear everything, with each way to end turns; `label` tells servers of one run apart."""
    for point in points:
        heard = await listen(report.url, script.clips, point)
        judge(report, f"hearing, {label}{point.name}", script, heard)


async def listen(url: str, clips: Sequence[Clip], point: Point) -> list[Heard]:
    """What the server hears in each clip. Raises as `gathered`, and TimeoutError when it does not keep up at all."""
    by_length = sorted(range(len(clips)), key=lambda number: len(clips[number].pcm))
    heard: dict[int, Heard] = {}
    for start in range(0, len(clips), AT_ONCE):
        numbers = by_length[start : start + AT_ONCE]
        heard |= zip(numbers, await _listen(url, {number: clips[number] for number in numbers}, point), strict=True)
    return [heard[number] for number in range(len(clips))]


async def _listen(url: str, numbered: dict[int, Clip], point: Point) -> list[Heard]:
    """The same for clips that are played at once."""
    clips = tuple(numbered.values())
    tail = bytes(point.patience_ms * BYTES_PER_MS)
    parts = [Part(clip.name, append_frames(clip.pcm + tail), point.turn_detection, once=True) for clip in clips]
    heard = [Heard() for _ in clips]
    async with gathered(url, parts) as crowd:
        await asyncio.gather(
            *(_name(member.socket, number) for number, member in zip(numbered, crowd.members, strict=True))
        )
        for member, one in zip(crowd.members, heard, strict=True):
            member.socket.on_event = one.event
        await _play(crowd)
    return heard


async def _name(socket: Socket, number: int) -> None:
    """Tell the recogniser which clip will be said."""
    transcription = {"model": "whisper-1", "prompt": clip_name(number)}
    session = {"type": "realtime", "audio": {"input": {"transcription": transcription}}}
    updated = socket.expect("session.updated")
    socket.write(frame(msgspec.json.encode({"type": "session.update", "session": session})))
    await updated


async def _play(crowd: Crowd) -> None:
    streaming = asyncio.ensure_future(crowd.stream())
    while any(member.at < len(member.part.frames) for member in crowd.members):  # noqa: ASYNC110  nobody tells
        await asyncio.sleep(FRAME_MS / 1000)
    streaming.cancel()
    async with asyncio.timeout(LATEST_S):  # an update is answered behind everything that was heard before it
        await asyncio.gather(*(member.update() for member in crowd.members))


def judge(report: Report, benchmark: str, script: Script, heard: Sequence[Heard]) -> None:
    """Count cut-offs and false starts. A clip whose speech was not heard counts as lost."""
    whole, rest = heard[: len(script.whole)], heard[len(script.whole) :]
    cut, noise = rest[: len(script.cut)], rest[len(script.cut) :]
    report.lost += sum(not one.stops_ms for one in whole)
    report.measures += [*_cut_offs(benchmark, script.whole, whole), *_delays(benchmark, script, whole, cut)]
    for clip, one in zip(script.noise, noise, strict=True):
        tries = BURSTS if clip.name == "bursts" else 1
        share = 100.0 * min(1.0, len(one.starts_ms) / tries)
        report.measures.append(
            Measure(benchmark, f"taken for speech, {clip.name}", "%", (share,), NOISE_TARGET_PERCENT)
        )


def _cut_offs(benchmark: str, clips: Sequence[Clip], heard: Sequence[Heard]) -> list[Measure]:
    verdicts = [(clip.name, 100.0 * was_cut_off(clip, one)) for clip, one in zip(clips, heard, strict=True)]
    kinds = ["all", *dict.fromkeys(name for name, _ in verdicts)]
    measures = []
    for kind in kinds:
        cut = [verdict for name, verdict in verdicts if kind in ("all", name)]
        measures.append(
            Measure(benchmark, f"cut off, {kind}", "%", (sum(cut) / len(cut),), note=f"of {len(cut)} clips")
        )
    return measures


def _delays(benchmark: str, script: Script, whole: Sequence[Heard], cut: Sequence[Heard]) -> list[Measure]:
    """How late turns end that were not cut off; and how much sooner whole sentences end than their beginnings."""
    late = {clip: delay_ms(clip, one) for clip, one in zip(script.whole, whole, strict=True)}
    ended = tuple(delay for delay in late.values() if delay is not None)
    measures = [Measure(benchmark, "end of sound to end of turn", "ms", ended)]
    as_recorded = {clip.source: delay for clip, delay in late.items() if clip.name == "as recorded"}
    sooner = []
    for clip, one in zip(script.cut, cut, strict=True):
        first, second = as_recorded.get(clip.source), delay_ms(clip, one)
        if first is not None and second is not None:
            sooner.append(first - second)
    target = SOONER_TARGET_MS if benchmark.endswith(USUAL) else None
    note = "whole sentences against their beginnings"
    return [*measures, Measure(benchmark, "ends later when whole", "ms", tuple(sooner), target, note)]


def was_cut_off(clip: Clip, heard: Heard) -> bool:
    """Whether a turn ended before the sound did."""
    assert clip.end_ms is not None
    return any(stop < clip.end_ms - EARLY_MS for stop in heard.stops_ms)


def delay_ms(clip: Clip, heard: Heard) -> float | None:
    """From the end of the sound to the end of the turn; None where the person was cut off, or nothing ended."""
    if not heard.stops_ms or was_cut_off(clip, heard):
        return None
    assert clip.end_ms is not None
    return heard.stops_ms[-1] - clip.end_ms
