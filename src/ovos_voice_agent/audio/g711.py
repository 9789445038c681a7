"""G.711: mu-law and A-law bytes <-> int16 samples, by tables.

The tables follow ITU-T G.711 with int16 samples cut to the 14 bits of mu-law and the 13 bits of A-law. Looking up
20 ms of samples takes 1-2 µs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import Int16Samples

Law: TypeAlias = Literal["pcmu", "pcma"]
_Table: TypeAlias = npt.NDArray[np.int32]

_MU_BIAS = 33
_MU_CLIP = 8159
_SEGMENT_ENDS = np.array([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF])
"""The largest magnitude of each of the eight segments of A-law; those of biased mu-law are twice as large plus one."""


def decode(law: Law, data: bytes | bytearray | memoryview) -> Int16Samples:
    """One sample for each byte."""
    return _DECODE[law][np.frombuffer(data, dtype=np.uint8)]


def encode(law: Law, samples: Int16Samples) -> bytes:
    """One byte for each sample."""
    return _ENCODE[law][samples.astype(np.int32) + 32768].tobytes()


def _mu_law_decode() -> Int16Samples:
    code: _Table = np.arange(256, dtype=np.int32) ^ 0xFF  # mu-law is sent with all bits inverted
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    magnitude = (((mantissa << 1) + _MU_BIAS) << exponent) - _MU_BIAS
    signed: _Table = np.where(code & 0x80, -magnitude, magnitude) << 2
    return signed.astype(np.int16)


def _mu_law_encode() -> npt.NDArray[np.uint8]:
    value: _Table = np.arange(-32768, 32768, dtype=np.int32) >> 2
    biased = np.minimum(np.abs(value), _MU_CLIP) + _MU_BIAS
    segment = np.minimum(np.searchsorted(2 * _SEGMENT_ENDS + 1, biased), 7)
    code = np.minimum((segment << 4) | ((biased >> (segment + 1)) & 0x0F), 0x7F)
    code = np.where(biased > 2 * _SEGMENT_ENDS[-1] + 1, 0x7F, code)
    return (code ^ np.where(value < 0, 0x7F, 0xFF)).astype(np.uint8)


def _a_law_decode() -> Int16Samples:
    code: _Table = np.arange(256, dtype=np.int32) ^ 0x55  # A-law is sent with every other bit inverted
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    first = (mantissa << 4) + 8  # the two lowest segments have the same step
    later = ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0)
    magnitude = np.where(exponent == 0, first, later)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _a_law_encode() -> npt.NDArray[np.uint8]:
    value: _Table = np.arange(-32768, 32768, dtype=np.int32) >> 3
    magnitude = np.where(value >= 0, value, -value - 1)
    segment = np.searchsorted(_SEGMENT_ENDS, magnitude)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    return (code ^ np.where(value >= 0, 0xD5, 0x55)).astype(np.uint8)


_DECODE = {"pcmu": _mu_law_decode(), "pcma": _a_law_decode()}
_ENCODE = {"pcmu": _mu_law_encode(), "pcma": _a_law_encode()}
