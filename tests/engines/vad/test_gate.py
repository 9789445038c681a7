"""What is silence, and what of it the model must still hear."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ovos_voice_agent.audio.floor import NoiseFloor
from ovos_voice_agent.engines.vad.gate import Gate, judged

LEVEL = Gate(-70.0)
ROOM = Gate(-70.0, margin_db=4.0, settle_windows=3, replay_windows=2)


def noise(count: int, level_dbfs: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal((count, 512)) * 10 ** (level_dbfs / 20)).astype(np.float32)


@pytest.mark.parametrize(("amplitude_dbfs", "silent"), [(-71, True), (-69, False), (-300, True)])
def test_silence_is_a_matter_of_power(amplitude_dbfs: float, silent: bool) -> None:
    square = np.full((1, 512), 10 ** (amplitude_dbfs / 20), np.float32)
    square[:, ::2] *= -1
    assert LEVEL.silent(square, NoiseFloor()) == [silent]
    assert not silent or ROOM.silent(square, NoiseFloor()) == [True], "whatever the room"


def test_each_window_by_itself() -> None:
    windows = np.zeros((3, 512), np.float32)
    windows[1] = 0.01
    assert LEVEL.silent(windows, NoiseFloor()) == [True, False, True]


def test_steady_noise_becomes_silence_and_a_voice_over_it_does_not() -> None:
    floor = NoiseFloor()
    flags = ROOM.silent(noise(400, -45.0), floor)
    assert not any(flags[:50]), "the room must be known first"
    assert all(flags[-200:])
    assert ROOM.silent(noise(3, -38.0), floor) == [False] * 3


class Picky:
    """Hears speech in what is loud, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def is_speech(self, pcm: bytes, rate_hz: int) -> bool:
        assert (len(pcm), rate_hz) == (320, 16_000)
        self.asked += 1
        return bool(np.abs(np.frombuffer(pcm, "<i2")).max() > 3_000)


def test_webrtc_is_asked_about_what_the_level_leaves_open() -> None:
    picky = Picky()
    assert ROOM.silent(noise(1, -80.0), NoiseFloor(), picky) == [True]
    assert picky.asked == 0
    assert ROOM.silent(noise(2, -40.0), NoiseFloor(), picky) == [True, True]
    assert ROOM.silent(noise(2, -10.0), NoiseFloor(), picky) == [False, False]
    assert picky.asked == 4 * 3


def test_the_first_silent_windows_are_judged() -> None:
    assert judged(LEVEL, 0, 0, [True] * 3) == ([0, 1, 2], [], 3)
    assert judged(LEVEL, LEVEL.settle_windows - 1, 0, [True] * 3) == ([0], [], LEVEL.settle_windows + 2)


def test_sound_ends_the_silence() -> None:
    assert judged(LEVEL, 128, 0, [True, False, True]) == ([1, 2], [], 1)
    assert judged(LEVEL, 128, 0, []) == ([], [], 128)


def test_who_wakes_hears_the_last_that_was_skipped_and_nothing_twice() -> None:
    assert judged(ROOM, 9, 2, [False, True]) == ([-2, -1, 0, 1], [-2, -1], 1)
    assert judged(ROOM, 9, 1, [True, False]) == ([-1, 0, 1], [-1, 0], 0)
    assert judged(ROOM, 9, 2, [True] * 3 + [False]) == ([1, 2, 3], [1, 2], 0)
    assert judged(ROOM, 2, 0, [True, True, False]) == ([0, 1, 2], [1], 0), "slept for one window only"


@pytest.mark.parametrize(
    ("gate", "floor_dbfs", "silence"),
    [
        (LEVEL, -50.0, (-math.inf, LEVEL.silence_dbfs)),
        (ROOM, None, (-math.inf, ROOM.silence_dbfs)),
        (ROOM, -50.0, (-56.0, -50.0 + (ROOM.margin_db or 0))),
        (ROOM, -90.0, (-math.inf, ROOM.silence_dbfs)),
    ],
)
def test_what_is_surely_silence_can_be_told_from_the_level(
    gate: Gate, floor_dbfs: float | None, silence: tuple[float, float]
) -> None:
    floor = NoiseFloor()
    floor.dbfs = floor_dbfs
    assert gate.silence(floor) == silence


def test_it_sleeps_once_it_has_settled() -> None:
    assert not ROOM.asleep(2)
    assert ROOM.asleep(3)
