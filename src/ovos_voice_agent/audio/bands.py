"""Sound as levels: how loud each band of pitch is, every 16 ms. What two recordings of one voice have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

Levels: TypeAlias = npt.NDArray[np.float32]
"""Shape (frames, BANDS): powers, or their decibels. A full-scale noise has -24 dB in each band, a full-scale tone -5 dB
in one."""

RATE_HZ = 16_000
FRAME_SAMPLES = 512
HOP_SAMPLES = 256
BANDS = 24
LOWEST_HZ, HIGHEST_HZ = 150, 7_000
"""Below is hum, above telephones and many loudspeakers have nothing."""
FLOOR = 1e-9
FLOOR_DB = -90.0


def band_powers(samples: FloatSamples) -> Levels:
    """Powers of all whole frames in samples at 16 kHz; frame k begins at sample k * HOP_SAMPLES."""
    if len(samples) < FRAME_SAMPLES:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SAMPLES)[::HOP_SAMPLES]
    spectra = np.abs(np.fft.rfft(frames * _WINDOW, axis=1)) ** 2
    powers: Levels = (spectra @ _BANK).astype(np.float32)
    return powers


def decibels(powers: Levels) -> Levels:
    """Never below FLOOR_DB."""
    levels: Levels = (10 * np.log10(powers + FLOOR)).astype(np.float32)
    return levels


def powers_of(levels: Levels) -> Levels:
    """Decibels -> powers."""
    powers: Levels = (10 ** (levels / 10)).astype(np.float32)
    return powers


def _bank() -> npt.NDArray[np.float64]:
    """Which bins of a spectrum each band is the mean of, in equal steps of pitch."""
    bins_hz = np.arange(FRAME_SAMPLES // 2 + 1) * RATE_HZ / FRAME_SAMPLES
    pitches = np.log1p(bins_hz / 700)
    edges = np.linspace(np.log1p(LOWEST_HZ / 700), np.log1p(HIGHEST_HZ / 700), BANDS + 1)
    inside = (pitches[:, None] >= edges[:-1]) & (pitches[:, None] < edges[1:])
    full_scale = FRAME_SAMPLES * float(np.sum(_WINDOW**2)) / 2
    bank: npt.NDArray[np.float64] = inside / np.maximum(1, inside.sum(axis=0)) / full_scale
    return bank


_WINDOW = np.hanning(FRAME_SAMPLES + 1)[:-1]
_BANK = _bank()
