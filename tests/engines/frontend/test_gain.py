"""Quiet speech gets louder, slowly; noise, pauses and loud speech stay as they are."""

from __future__ import annotations

import numpy as np

from ovos_voice_agent.engines.frontend.gain import PEAK, Gain
from ovos_voice_agent.engines.interface import FloatSamples


def hum(level: float, frames: int = 400) -> FloatSamples:
    """Frames of 10 ms."""
    wave: FloatSamples = (level * np.sin(np.arange(160 * frames) * 0.3)).astype(np.float32)
    return wave.reshape(frames, 160)


def amplified(frames: FloatSamples, probability: float, most_db: float = 20.0) -> FloatSamples:
    gain = Gain(most_db)
    return np.stack([gain.apply(frame, probability) for frame in frames])


def factor(before: FloatSamples, after: FloatSamples) -> float:
    return float(np.abs(after[-1]).max() / np.abs(before[-1]).max())


def test_quiet_speech_is_brought_up_but_no_further_than_allowed() -> None:
    quiet = hum(0.001)
    assert abs(factor(quiet, amplified(quiet, 0.9)) - 10) < 0.2
    assert abs(factor(quiet, amplified(quiet, 0.9, most_db=6)) - 2) < 0.05


def test_it_comes_slowly_and_without_steps() -> None:
    quiet = hum(0.001)
    louder = amplified(quiet, 0.9).reshape(-1)
    assert np.abs(np.diff(louder)).max() < 0.3 * 0.001 * 10 * 1.1
    assert factor(quiet[:20], louder.reshape(-1, 160)[:20]) < 1.3


def test_noise_and_loud_speech_stay_bit_for_bit() -> None:
    assert np.array_equal(amplified(hum(0.001), 0.1), hum(0.001))
    assert np.array_equal(amplified(hum(0.3), 0.9), hum(0.3))
    assert np.array_equal(amplified(hum(0.001), 0.9, most_db=0), hum(0.001))


def test_a_sudden_shout_is_not_clipped() -> None:
    gain = Gain(40.0)
    for frame in hum(0.001):
        gain.apply(frame, 0.9)
    assert gain.gain_db > 20
    shout = np.stack([gain.apply(frame, 0.9) for frame in hum(0.9, 3)])
    assert np.abs(shout[1:]).max() <= PEAK + 0.01
    assert np.abs(shout).max() <= 1.0


def test_a_shout_brings_it_down_again() -> None:
    gain = Gain(20.0)
    for frame in hum(0.001):
        gain.apply(frame, 0.9)
    for frame in hum(0.5, 100):
        gain.apply(frame, 0.9)
    assert gain.gain_db == 0
