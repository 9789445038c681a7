"""The measure of interruptions, on sound whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.web.interruptions import Blocks, interruptions

BLOCK_S = 128 / 48_000
ONSET_S = 3.0


def blocks(speaks: list[tuple[float, float, float]], length_s: float = 8.0) -> Blocks:
    """A person from ONSET_S for a second, and a voice of these levels from one time to another."""
    at = np.arange(0, length_s, BLOCK_S)
    voice = np.zeros_like(at)
    for start_s, end_s, level in speaks:
        voice[(at >= start_s) & (at < end_s)] = level
    person = np.where((at >= ONSET_S) & (at < ONSET_S + 1), 0.1, 1e-3)
    return np.column_stack([at, person, voice])


def found(*speaks: tuple[float, float, float]) -> list[tuple[float, float]]:
    return [pytest.approx(pair, abs=10) for pair in interruptions(blocks(list(speaks)))]


def test_a_voice_that_is_lowered_and_then_silent() -> None:
    assert found((1.0, 3.02, 0.2), (3.02, 3.08, 0.02)) == [(20, 80)]


def test_a_voice_that_comes_back_was_not_silent() -> None:
    assert found((1.0, 3.02, 0.2), (3.42, 3.6, 0.2)) == [(600, 600)]


def test_the_next_answer_is_not_the_voice_that_came_back() -> None:
    assert found((1.0, 3.08, 0.2), (5.0, 7.0, 0.2)) == [(80, 80)]


@pytest.mark.parametrize("speaks", [(1.0, 2.9, 0.2), (3.5, 7.0, 0.2)])
def test_who_was_silent_was_not_interrupted(speaks: tuple[float, float, float]) -> None:
    assert found(speaks) == []
