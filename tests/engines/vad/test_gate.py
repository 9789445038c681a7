"""What is silence, and what of it the model must still see."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.engines.vad.gate import SETTLE_WINDOWS, all_quiet, judged, quiet


@pytest.mark.parametrize(("amplitude_dbfs", "is_quiet"), [(-71, True), (-69, False), (-300, True)])
def test_quiet_is_a_matter_of_power(amplitude_dbfs: float, is_quiet: bool) -> None:
    square = np.full((1, 512), 10 ** (amplitude_dbfs / 20), np.float32)
    square[:, ::2] *= -1
    assert quiet(square, -70.0) == [is_quiet]


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("level_dbfs", [-72.0, -70.0, -68.0])
def test_all_of_them_is_the_same_question(count: int, level_dbfs: float) -> None:
    windows = np.random.default_rng(count).standard_normal((count, 512)).astype(np.float32) * 10 ** (-70.5 / 20)
    assert all_quiet(windows, level_dbfs) == all(quiet(windows, level_dbfs))


def test_each_window_by_itself() -> None:
    windows = np.zeros((3, 512), np.float32)
    windows[1] = 0.01
    assert quiet(windows, -70.0) == [True, False, True]


def test_the_first_quiet_windows_are_judged() -> None:
    assert judged(0, [True] * 3) == ([0, 1, 2], 3)
    assert judged(SETTLE_WINDOWS - 1, [True] * 3) == ([0], SETTLE_WINDOWS + 2)


def test_sound_ends_the_silence() -> None:
    assert judged(SETTLE_WINDOWS, [True, False, True]) == ([1, 2], 1)
    assert judged(SETTLE_WINDOWS, []) == ([], SETTLE_WINDOWS)
