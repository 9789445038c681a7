"""Levels of bands are those of the sound."""

from __future__ import annotations

import numpy as np

from ovos_voice_agent.audio.bands import (
    BANDS,
    FLOOR_DB,
    FRAME_SAMPLES,
    HOP_SAMPLES,
    band_powers,
    decibels,
    powers_of,
)


def test_a_tone_is_in_its_band_and_noise_in_all() -> None:
    tone = np.sin(np.arange(4096) * 2 * np.pi * 1000 / 16_000).astype(np.float32)
    levels = decibels(band_powers(tone))[3]
    assert levels.max() > levels.mean() + 30
    assert (levels > levels.max() - 20).sum() <= 3
    noise = np.random.default_rng(1).standard_normal(160_000).astype(np.float32)
    assert np.abs(decibels(band_powers(noise).mean(axis=0))).max() < 25, "noise of RMS 1 is at -24 dB"


def test_frames_are_whole_and_a_hop_apart() -> None:
    assert band_powers(np.zeros(FRAME_SAMPLES - 1, np.float32)).shape == (0, BANDS)
    samples = np.random.default_rng(2).standard_normal(FRAME_SAMPLES + 2 * HOP_SAMPLES).astype(np.float32)
    powers = band_powers(samples)
    assert powers.shape == (3, BANDS)
    assert np.allclose(powers[1:2], band_powers(samples[HOP_SAMPLES : HOP_SAMPLES + FRAME_SAMPLES]))


def test_decibels_have_a_floor_and_a_way_back() -> None:
    assert decibels(np.zeros((1, BANDS), np.float32)).max() == FLOOR_DB
    assert np.allclose(powers_of(decibels(np.full((1, BANDS), 0.5, np.float32))), 0.5)
