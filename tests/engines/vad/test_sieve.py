"""What reaches the model, and with what before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovos_voice_agent.engines.vad.gate import Gate
from ovos_voice_agent.engines.vad.sieve import Sieve
from ovos_voice_agent.engines.vad.silero_model import CONTEXT_SAMPLES

GATE = Gate(-70.0, settle_windows=2, replay_windows=3)
LOUD = 0.1


def sounds(loud: str) -> np.ndarray:
    """A window for each letter, `x` for a loud one; each ends with its number."""
    windows = np.zeros((len(loud), 512), np.float32)
    for number, letter in enumerate(loud):
        windows[number, ::2] = LOUD if letter == "x" else 0.0
        windows[number, -1] = number * 1e-6
    return windows


def test_silence_does_not_reach_the_model_once_it_has_settled_and_its_end_does_before_a_sound() -> None:
    sieve = Sieve(GATE)
    inputs, places = sieve.sift(sounds("x......x."))
    assert places == [0, 1, 2, None, None, None, 7, 8]
    heard = [round(float(row[CONTEXT_SAMPLES - 1]) * 1e6) for row in inputs]
    assert heard == [0, 0, 1, 3, 4, 5, 6, 7], "the windows before them"
    assert inputs.shape == (8, 576)


def test_it_says_what_is_silence_only_while_the_model_sleeps() -> None:
    sieve = Sieve(GATE)
    assert sieve.silence == (-np.inf, -70.0)
    assert sieve.sift(sounds("...")).places == [], "what has heard nothing sleeps"
    sieve.pass_over(100, -80.0)
    assert sieve.silence is not None
    sieve.sift(sounds("x."))
    assert sieve.silence is None
    sieve.sift(sounds("."))
    assert sieve.silence is not None


def test_what_was_kept_from_before_the_silence_that_passed_is_not_heard_again() -> None:
    sieve = Sieve(GATE)
    sieve.sift(sounds("x....."))
    sieve.pass_over(100, -80.0)
    assert sieve.sift(sounds("..x")).places == [None, None, 2], "of three that are kept there are but these two"


def test_the_room_is_followed_by_what_passes_over() -> None:
    sieve = Sieve(Gate(-70.0, margin_db=4.0, settle_windows=0))
    sieve.sift(sounds("."))
    sieve.pass_over(1000, -50.0)
    assert sieve.silence is not None
    assert sieve.silence.highest_dbfs == pytest.approx(-46.0)


@settings(max_examples=60, deadline=None)
@given(st.text("x.....", min_size=1, max_size=40), st.integers(1, 9))
def test_cutting_changes_nothing(loud: str, size: int) -> None:
    windows, whole, cut = sounds(loud), Sieve(GATE), Sieve(GATE)
    inputs, places = whole.sift(windows)
    rows, found = [], list[int | None]()
    for at in range(0, len(windows), size):
        more, where = cut.sift(windows[at : at + size])
        rows.append(more)
        found += [None if place is None else at + place for place in where]
    assert found == places
    np.testing.assert_array_equal(np.concatenate(rows), inputs)


def test_none_of_none() -> None:
    assert Sieve(GATE).sift(sounds("")).places == []
