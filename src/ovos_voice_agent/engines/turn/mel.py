"""Sound as Whisper's models hear it: the logarithm of its energy in 80 mel bands, a hundred times a second (pure).

Frames of 25 ms under a periodic Hann window, 10 ms apart and centred; Slaney's mel scale, each band of equal area; not
below the loudest minus 80 dB; then moved to about -1..1.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import FloatSamples

RATE_HZ = 16_000
BANDS = 80
HOP_SAMPLES = 160
_FRAME_SAMPLES = 400
_HIGHEST_HZ = RATE_HZ / 2
_QUIETEST = 1e-10
_RANGE = 8.0
_LINEAR_HZ, _LINEAR_MELS = 1000.0, 15.0
_MELS_PER_E = 27.0 / np.log(6.4)
"""Slaney's scale: 15 mels to 1 kHz, evenly; above it 27 mels for each factor of 6.4."""


def log_mel(samples: FloatSamples) -> npt.NDArray[np.float32]:
    """Samples at 16 kHz, a whole number of hops -> shape (80, hops)."""
    padded = np.pad(samples, _FRAME_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME_SAMPLES)[::HOP_SAMPLES][:-1]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    energy = _bands() @ (spectrum.real**2 + spectrum.imag**2).T
    logs = np.log10(np.maximum(energy, _QUIETEST))
    scaled: npt.NDArray[np.float32] = ((np.maximum(logs, logs.max() - _RANGE) + 4.0) / 4.0).astype(np.float32)
    return scaled


@cache
def _hann() -> npt.NDArray[np.float32]:
    return np.hanning(_FRAME_SAMPLES + 1)[:-1].astype(np.float32)


@cache
def _bands() -> npt.NDArray[np.float32]:
    """Shape (80, 201): triangles over the bins of the spectrum."""
    edges_hz = _hz(np.linspace(0.0, _mels(_HIGHEST_HZ), BANDS + 2))
    bins_hz = np.linspace(0.0, _HIGHEST_HZ, _FRAME_SAMPLES // 2 + 1)
    low, middle, high = (edges_hz[start : start + BANDS, None] for start in range(3))
    triangles = np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle))
    bands: npt.NDArray[np.float32] = (np.maximum(triangles, 0.0) * 2.0 / (high - low)).astype(np.float32)
    return bands


def _mels(hz: float) -> float:
    if hz < _LINEAR_HZ:
        return hz * _LINEAR_MELS / _LINEAR_HZ
    return float(_LINEAR_MELS + np.log(hz / _LINEAR_HZ) * _MELS_PER_E)


def _hz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = _LINEAR_HZ * np.exp((mels - _LINEAR_MELS) / _MELS_PER_E)
    return np.where(mels < _LINEAR_MELS, mels * _LINEAR_HZ / _LINEAR_MELS, above)
