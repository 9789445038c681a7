"""The speech that benchmarks say: a recording with silence around it, and where in it the sound begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.client.sound import BYTES_PER_MS, WIRE_HZ, read_speech

LEAD_MS = 300
TAIL_MS = 1_500
LOUD_SHARE = 0.05
"""Sound begins where the level first passes this share of the loudest part."""
LEVEL_MS = 10


@dataclass(frozen=True, slots=True)
class Utterance:
    """`pcm` is mono int16 little endian at 24 kHz. Sound begins at `onset_ms` and ends at `end_ms`."""

    pcm: bytes
    onset_ms: float
    end_ms: float

    @classmethod
    def read(cls, path: Path) -> Utterance:
        """A WAV file with silence put around it. Raises OSError, ValueError."""
        speech = read_speech(path)
        onset_ms, end_ms = _sound(speech)
        silence = bytes(BYTES_PER_MS)
        return cls(silence * LEAD_MS + speech + silence * TAIL_MS, LEAD_MS + onset_ms, LEAD_MS + end_ms)


def _sound(pcm: bytes) -> tuple[float, float]:
    samples = float_of_bytes(pcm)
    size = WIRE_HZ * LEVEL_MS // 1000
    levels = np.sqrt(np.mean(samples[: len(samples) // size * size].reshape(-1, size) ** 2, axis=1))
    loud = np.flatnonzero(levels > LOUD_SHARE * np.quantile(levels, 0.95))
    if not len(loud):
        raise ValueError("there is no sound in the recording")
    return float(loud[0] * LEVEL_MS), float((loud[-1] + 1) * LEVEL_MS)
