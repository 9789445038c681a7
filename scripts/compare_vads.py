"""Compare the voice detectors on recordings in noise: misses, false starts, how late they notice, and what they cost.

    python scripts/compare_vads.py [--noise FILE.wav ...] RECORDING.wav ...

Each recording has ten seconds of silence before it and two after, then noise over all of it, at several distances from
the speech. The onset is where the level first passes 5 % of its loud parts. All recordings are streams of one engine,
judged window by window, as sessions are. The last row of each is `dual` at the threshold that suits the room, as
`semantic_vad` uses it; the others are at 0.5. Noises are made from a seed, and taken from `--noise` (16 kHz, mono).
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from ovos_voice_agent.audio.edges import Onset, SpeechEdges
from ovos_voice_agent.audio.floor import NoiseFloor
from ovos_voice_agent.audio.pcm import FloatSamples
from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.interface import Vad, VadStream
from ovos_voice_agent.engines.registry import installed

RATE_HZ, WINDOW = 16_000, 512
LEAD_S, TAIL_S = 10, 2
SNRS_DB = (20, 10, 5)
EARLY_S = 0.2
"""So much before the onset is still no false start: breath."""
ENGINES: dict[str, tuple[str, dict[str, object]]] = {
    "silero": ("silero", {}),
    "dual, level alone": ("dual", {"webrtc": False}),
    "dual, with WebRTC": ("dual", {"webrtc": True}),
}

Noise = Callable[[int], FloatSamples]


@dataclass
class Tally:
    """What one engine made of all clips of a kind."""

    false_starts: int = 0
    misses: int = 0
    late_ms: list[float] = field(default_factory=list)
    cpu_us: float = 0.0

    def row(self) -> str:
        nine = statistics.quantiles(self.late_ms, n=10)[8] if len(self.late_ms) > 1 else float("nan")
        middle = statistics.median(self.late_ms) if self.late_ms else float("nan")
        return f"{self.misses:7} {self.false_starts:7} {middle:7.0f} {nine:7.0f} {self.cpu_us:9.1f}"


@dataclass(frozen=True)
class Clip:
    """`windows` is (n, 512); speech begins at `onset_s`."""

    windows: FloatSamples
    onset_s: float


def noises(files: Sequence[Path]) -> dict[str, Noise | None]:
    """By name: so many samples of noise with an RMS of 1; None is no noise."""
    made: dict[str, Noise | None] = {"none": None, "white": white, "pink": pink}
    for path in files:
        made[path.stem] = functools.partial(recorded, read_wav(path)[0])
    return made


def white(count: int) -> FloatSamples:
    return np.random.default_rng(1).standard_normal(count).astype(np.float32)


def pink(count: int) -> FloatSamples:
    spectrum = np.fft.rfft(np.random.default_rng(2).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20.0))
    return _leveled(np.fft.irfft(spectrum, count))


def recorded(noise: FloatSamples, count: int) -> FloatSamples:
    return _leveled(np.resize(noise, count))


def _leveled(samples: FloatSamples) -> FloatSamples:
    return (samples / np.sqrt(np.mean(samples**2))).astype(np.float32)


def clip(speech: FloatSamples, noise: Noise | None, snr_db: float) -> Clip:
    levels = np.sqrt(np.mean(speech[: len(speech) // 160 * 160].reshape(-1, 160) ** 2, axis=1))
    loud = np.flatnonzero(levels > 0.05 * np.quantile(levels, 0.95))
    level = np.sqrt(np.mean(speech[loud[0] * 160 : loud[-1] * 160] ** 2))
    whole = np.concatenate((np.zeros(LEAD_S * RATE_HZ), speech, np.zeros(TAIL_S * RATE_HZ))).astype(np.float32)
    if noise is not None:
        whole += noise(len(whole)) * level * np.float32(10 ** (-snr_db / 20))
    return Clip(whole[: len(whole) // WINDOW * WINDOW].reshape(-1, WINDOW), LEAD_S + loud[0] / 100)


async def judged(name: str, options: dict[str, object], clips: Sequence[Clip]) -> tuple[list[list[float]], float]:
    """Each clip's probabilities, and the microseconds of CPU per window."""
    engine = cast("Vad", installed().create("vad", name, {"gather_ms": 0.0, **options}))
    await engine.start()
    streams = [engine.open() for _ in clips]
    got: list[list[float]] = [[] for _ in clips]
    began = time.process_time()
    for at in range(max(len(one.windows) for one in clips)):
        await _step(at, clips, streams, got)
    spent_us = (time.process_time() - began) * 1e6
    await engine.close()
    return got, spent_us / sum(map(len, got))


async def _step(at: int, clips: Sequence[Clip], streams: Sequence[VadStream], got: list[list[float]]) -> None:
    """One window of each clip that still has one."""
    everybody = asyncio.Event()
    talking = [number for number, one in enumerate(clips) if at < len(one.windows)]

    def take(number: int, probabilities: Sequence[float]) -> None:
        got[number].extend(probabilities)
        if all(len(got[other]) == at + 1 for other in talking):
            everybody.set()

    for number in talking:
        streams[number].submit(clips[number].windows[at : at + 1], functools.partial(take, number))
    await everybody.wait()


def onsets_of(one: Clip, probabilities: Sequence[float], *, by_room: bool) -> list[tuple[float, float]]:
    """Where speech begins, and when it is noticed, in seconds."""
    edges, floor, found = SpeechEdges(), NoiseFloor(), []
    levels = 10 * np.log10(np.mean(one.windows**2, axis=1) + 1e-12)
    for index, (probability, level) in enumerate(zip(probabilities, levels, strict=True)):
        if by_room:
            floor.hear(float(level))
            edges.threshold = floor.threshold
        if isinstance(edge := edges.update(probability, index * WINDOW), Onset):
            found.append((edge.at_sample / RATE_HZ, (index + 1) * WINDOW / RATE_HZ))
    return found


def tally(
    clips: Sequence[Clip], probabilities: Sequence[Sequence[float]], cpu_us: float, *, by_room: bool = False
) -> Tally:
    result = Tally(cpu_us=cpu_us)
    for one, found in zip(clips, probabilities, strict=True):
        onsets = onsets_of(one, found, by_room=by_room)
        result.false_starts += sum(at < one.onset_s - EARLY_S for at, _ in onsets)
        noticed = [when for at, when in onsets if at >= one.onset_s - EARLY_S]
        result.misses += not noticed
        result.late_ms += [(when - one.onset_s) * 1000 for when in noticed[:1]]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--noise", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    speech = [read_wav(path)[0] for path in options.recordings]
    print(f"{'noise':>16} {'engine':>18} {'missed':>7} {'false':>7} {'ms':>7} {'p90 ms':>7} {'CPU us':>9}")
    for kind, noise in noises(options.noise).items():
        for snr_db in SNRS_DB if noise else (0,):
            clips = [clip(one, noise, snr_db) for one in speech]
            sound = f"{kind} {snr_db} dB" if noise else kind
            for label, (name, settings) in ENGINES.items():
                found = asyncio.run(judged(name, settings, clips))
                print(f"{sound:>16} {label:>18} {tally(clips, *found).row()}", flush=True)
            print(f"{sound:>16} {'by the room':>18} {tally(clips, *found, by_room=True).row()}", flush=True)


if __name__ == "__main__":
    main()
