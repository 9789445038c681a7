"""The latest audio by position."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.ring import AudioRing

STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(-10, 120)), max_size=30)


@given(STEPS, st.integers(0, 1000), st.integers(1, 60), st.integers(-20, 200), st.integers(-20, 200))
def test_it_holds_the_newest_samples_at_their_positions(
    steps: list[tuple[int, int]], origin: int, limit: int, start: int, end: int
) -> None:
    ring, history, oldest = AudioRing(limit, start_sample=origin), np.zeros(0, np.int16), origin
    for size, forget in steps:
        history = np.concatenate((history, np.arange(len(history), len(history) + size, dtype=np.int16)))
        ring.append_int16(history[len(history) - size :])
        ring.forget(origin + forget)
        newest = origin + len(history)
        oldest = max(oldest, newest - limit, min(origin + forget, newest))
        assert (ring.start_sample, ring.end_sample) == (oldest, newest)
    kept = history[max(start, oldest - origin, 0) : max(end, 0)] if end > start else history[:0]
    np.testing.assert_array_equal(pcm.int16_of_bytes(ring.slice(origin + start, origin + end)), kept)


def test_floats_and_bytes() -> None:
    ring = AudioRing(10)
    ring.append_float(np.array([0.5, -1.0], np.float32))
    ring.append_bytes(b"\x01\x00")
    assert ring.slice(0, 3) == b"\x00\x40\x00\x80\x01\x00"
    assert ring.slice(2, 1) == b""
    ring.append_silence(2)
    assert ring.slice(2, 9) == b"\x01\x00" + bytes(4)


def test_half_a_sample_is_refused_whole() -> None:
    ring = AudioRing(10)
    with pytest.raises(ValueError, match="half a sample"):
        ring.append_bytes(b"abc")
    assert ring.end_sample == 0


def test_memory_has_a_bound() -> None:
    ring = AudioRing(1000)
    for _ in range(2000):
        ring.append_bytes(bytes(320))
    assert ring.end_sample == 320_000
    assert sys.getsizeof(ring._pcm) < 3 * 2000 + 400


def test_a_ring_has_room() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        AudioRing(0)


def test_what_is_skipped_takes_its_place_and_nothing_else() -> None:
    ring = AudioRing(10, start_sample=3)
    ring.append_bytes(b"\x01\x00" * 4)
    ring.skip(5)
    assert (ring.start_sample, ring.end_sample, ring.slice(0, 99)) == (12, 12, b"")
    ring.append_bytes(b"\x02\x00")
    assert ring.slice(0, 99) == ring.slice(12, 13) == b"\x02\x00"
