"""Sound in mel bands."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.engines.turn.mel import BANDS, HOP_SAMPLES, log_mel


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(16_000 * seconds)) / 16_000).astype(np.float32)


def test_a_hundred_columns_a_second() -> None:
    assert log_mel(tone(440.0, 2.0)).shape == (BANDS, 2 * 16_000 // HOP_SAMPLES)


# By hand: 1000 Hz is 15 mels, 8000 Hz 45.245; 81 steps of 0.5586 mels; the band whose middle is nearest, from 0.
@pytest.mark.parametrize(("hz", "band"), [(300.0, 7), (1000.0, 26), (3100.0, 55)])
def test_a_tone_is_in_the_band_around_it(hz: float, band: int) -> None:
    assert int(np.argmax(log_mel(tone(hz))[:, 50])) == band


def test_loudness_is_relative_and_has_a_floor() -> None:
    once, twice = log_mel(tone(440.0)), log_mel(2 * tone(440.0))
    np.testing.assert_allclose(twice - once, np.log10(4.0) / 4, atol=1e-4)
    quiet = log_mel(np.concatenate((tone(440.0), np.zeros(16_000, np.float32))))
    assert quiet.max() - quiet.min() == pytest.approx(8.0 / 4)


def test_silence_is_a_number() -> None:
    assert np.isfinite(log_mel(np.zeros(16_000, np.float32))).all()
