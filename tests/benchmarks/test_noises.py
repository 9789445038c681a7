"""Noises that are made from a seed, and pieces of recorded ones."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio.pcm import bytes_of_float, float_of_bytes
from ovos_voice_agent.benchmarks.clips import Clip
from ovos_voice_agent.benchmarks.noises import KINDS, OF_EACH, PEAK, PIECE_MS, noises
from ovos_voice_agent.benchmarks.speech import LEAD_MS

MADE = noises()


def of_kind(kind: str) -> list[Clip]:
    return [clip for clip in MADE if clip.name == kind]


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_some_of_each_kind_and_none_is_like_another(kind: str) -> None:
    clips = of_kind(kind)
    assert len({clip.pcm for clip in clips}) == len(clips) == OF_EACH
    for clip in clips:
        samples = float_of_bytes(clip.pcm)
        assert not samples[: LEAD_MS * 24].any()
        assert float(np.abs(samples).max()) == pytest.approx(PEAK, abs=0.001)


def test_they_are_the_same_each_time() -> None:
    assert [clip.pcm for clip in noises()] == [clip.pcm for clip in MADE]


def test_nobody_says_anything() -> None:
    assert all(clip.end_ms is None and not clip.words for clip in MADE)


def test_a_recording_comes_in_whole_pieces_without_clicks() -> None:
    recorded = bytes_of_float(np.full(24 * (2 * PIECE_MS + 500), 0.5, np.float32))
    pieces = [clip for clip in noises([recorded]) if clip.name == "recorded"]
    assert [len(clip.pcm) for clip in pieces] == [2 * 24 * PIECE_MS] * 2
    samples = float_of_bytes(pieces[1].pcm)
    assert samples[0] == 0.0
    assert samples[-1] == pytest.approx(0.5, abs=0.001)
