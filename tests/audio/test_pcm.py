"""int16 and floats."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio import pcm

EVERY_INT16 = np.arange(-32768, 32768, dtype=np.int16)


def test_every_sample_survives_the_way_through_float() -> None:
    np.testing.assert_array_equal(pcm.int16_of_float(pcm.float_of_int16(EVERY_INT16)), EVERY_INT16)
    np.testing.assert_array_equal(pcm.int16_of_bytes(pcm.bytes_of_int16(EVERY_INT16)), EVERY_INT16)


def test_bytes_are_little_endian() -> None:
    assert pcm.bytes_of_int16(np.array([1, -2], np.int16)) == b"\x01\x00\xfe\xff"
    assert pcm.float_of_bytes(b"\x00\x80\x00\x40").tolist() == [-1.0, 0.5]
    assert pcm.bytes_of_float(np.array([0.5], np.float32)) == b"\x00\x40"


def test_too_loud_is_clipped_not_wrapped() -> None:
    loud = np.array([1.0, 7.5, -7.5], np.float32)
    assert pcm.int16_of_float(loud).tolist() == [32767, 32767, -32768]
    assert loud.tolist() == [1.0, 7.5, -7.5]


def test_floats_are_rounded_to_the_nearest() -> None:
    assert pcm.int16_of_float(np.array([1.6, -1.6, 1.4], np.float32) / 32768).tolist() == [2, -2, 1]


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        pcm.float_of_bytes(b"abc")
