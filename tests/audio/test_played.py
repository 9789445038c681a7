"""What was sent, on the clock of what is heard."""

from __future__ import annotations

import numpy as np

from ovos_voice_agent.audio.bands import FLOOR_DB, HOP_SAMPLES
from ovos_voice_agent.audio.pcm import FloatSamples
from ovos_voice_agent.audio.played import LONGEST_FRAMES, LONGEST_PAUSE_FRAMES, Played


def noise(frames: int, seed: int = 1) -> FloatSamples:
    return (0.1 * np.random.default_rng(seed).standard_normal(frames * HOP_SAMPLES)).astype(np.float32)


def test_pieces_are_played_one_behind_the_other() -> None:
    whole, cut = Played(), Played()
    sound = noise(100)
    assert whole.add(sound, 10 * HOP_SAMPLES)
    for at in range(0, len(sound), 1000):
        cut.add(sound[at : at + 1000], 10 * HOP_SAMPLES)
    assert np.allclose(whole.levels(0, 120), cut.levels(0, 120))
    assert whole.levels(0, 10).max() == FLOOR_DB
    assert whole.levels(10, 11).max() > -50
    assert np.allclose(whole.mean, cut.mean, atol=0.1)


def test_after_the_end_it_fades() -> None:
    played = Played()
    played.add(noise(50), 0)
    levels = played.levels(played.end_frame - 1, played.end_frame + 40).max(axis=1)
    assert np.all(np.diff(levels) <= 0)
    assert levels[0] - levels[-1] > 45
    assert played.levels(10_000, 10_001).max() == FLOOR_DB


def test_what_follows_a_pause_begins_when_it_is_sent() -> None:
    played = Played()
    played.add(noise(20), 0)
    assert not played.add(noise(20), 5 * HOP_SAMPLES), "still playing"
    assert played.add(noise(20), 100 * HOP_SAMPLES), "that had ended"
    assert played.levels(98, 99).max() < -75
    assert played.levels(101, 102).max() > -50
    later = (200 + LONGEST_PAUSE_FRAMES) * HOP_SAMPLES
    assert played.add(noise(20), later)
    assert played.levels(101, 102).max() == FLOOR_DB, "long ago"


def test_what_is_cut_is_not_played() -> None:
    played = Played()
    played.add(noise(100), 0)
    played.cut(50 * HOP_SAMPLES)
    assert played.end_frame == 50
    played.cut(80 * HOP_SAMPLES)
    assert played.end_frame == 50
    assert played.levels(95, 96).max() < -75


def test_memory_is_bounded() -> None:
    played = Played()
    for second in range(300):
        played.add(noise(63, second), 0)
    assert played.end_frame < LONGEST_FRAMES + 63
    played.forget(5000)
    assert played.levels(4000, 4001).max() == FLOOR_DB
    assert played.levels(6000, 6001).max() > -50
