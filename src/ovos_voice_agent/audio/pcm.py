"""int16 samples <-> float32 samples in -1..1.

Rules: full scale is 32768 both ways, so int16 -> float32 -> int16 gives back the same samples; floats outside -1..1 are
clipped, never wrapped.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatSamples: TypeAlias = npt.NDArray[np.float32]
"""Mono samples in -1..1."""

Int16Samples: TypeAlias = npt.NDArray[np.int16]

_FULL_SCALE = np.float32(32768.0)
_STEP = np.float32(1 / 32768)
_LOWEST, _HIGHEST = np.float32(-32768.0), np.float32(32767.0)


def int16_of_bytes(pcm: bytes | bytearray | memoryview) -> Int16Samples:
    """A read-only view of little-endian bytes as samples. Raises ValueError for half a sample at the end."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)


def bytes_of_int16(samples: Int16Samples) -> bytes:
    """Samples as little-endian bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def float_of_int16(samples: Int16Samples) -> FloatSamples:
    """A new array in -1..1."""
    return np.multiply(samples, _STEP, dtype=np.float32)


def int16_of_float(samples: FloatSamples) -> Int16Samples:
    """A new array, rounded to the nearest and clipped to -32768..32767."""
    scaled: FloatSamples = samples * _FULL_SCALE
    np.rint(scaled, out=scaled)
    np.maximum(scaled, _LOWEST, out=scaled)  # twice as quick as clip for a frame of audio
    np.minimum(scaled, _HIGHEST, out=scaled)
    return scaled.astype(np.int16)


def float_of_bytes(pcm: bytes | bytearray | memoryview) -> FloatSamples:
    """Little-endian int16 bytes as floats in a new array. Raises ValueError for half a sample at the end."""
    return float_of_int16(int16_of_bytes(pcm))


def bytes_of_float(samples: FloatSamples) -> bytes:
    """Floats as little-endian int16 bytes, rounded and clipped."""
    return bytes_of_int16(int16_of_float(samples))
