"""The network in numpy against what the official model said to the same recordings."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.vad import silero_model
from ovos_voice_agent.engines.vad.silero_model import Floats, SileroModel, State
from tests.recordings import recording

REFERENCE: dict[str, list[float]] = json.loads(Path(__file__).with_name("silero_reference.json").read_text())
WEIGHTS = Path(silero_model.__file__).with_name("data") / "silero_vad_16k.npz"


@cache
def model() -> SileroModel:
    with WEIGHTS.open("rb") as file:
        return SileroModel.load(file)


def windows(name: str) -> Floats:
    samples, _ = read_wav(recording(name))
    return samples[: len(samples) // 512 * 512].reshape(-1, 512)


def probabilities(heard: Floats, *, context: bool = True) -> list[float]:
    """Window by window, one stream."""
    before = np.zeros((len(heard), 64), np.float32)
    if context:
        before[1:] = heard[:-1, -64:]
    features = model().features(np.concatenate((before, heard), axis=1))
    hidden, cell, found = State().hidden[None], State().cell[None], []
    for row in features:
        probability, hidden, cell = model().step(row[None], hidden, cell)
        found.append(float(probability[0]))
    return found


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_it_says_what_the_official_model_says(name: str) -> None:
    np.testing.assert_allclose(probabilities(windows(name)), REFERENCE[name], atol=0.004)


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_the_samples_before_a_window_matter(name: str) -> None:
    """With zeros in their place nothing fails: only a comparison as close as the one above notices."""
    assert np.abs(np.subtract(probabilities(windows(name), context=False), REFERENCE[name])).max() > 0.05


def test_windows_without_the_samples_before_are_refused() -> None:
    """The ONNX graph takes 512 samples as well, and is deaf then."""
    with pytest.raises(ValueError, match="shape"):
        model().features(np.zeros((1, 512), np.float32))


def test_rows_do_not_influence_each_other() -> None:
    heard = np.concatenate((windows("goforward"), windows("something")))
    inputs = np.concatenate((np.roll(heard, 1, axis=0)[:, -64:], heard), axis=1)
    together = model().features(inputs)
    alone = np.concatenate([model().features(row[None]) for row in inputs])
    np.testing.assert_allclose(together, alone, atol=2e-4)


def test_no_windows() -> None:
    assert model().features(np.zeros((0, 576), np.float32)).shape == (0, 128)


def test_the_weights_are_small_and_have_their_notice() -> None:
    assert WEIGHTS.stat().st_size < 700_000
    notice = WEIGHTS.with_name("LICENSE.silero").read_text()
    assert "MIT License" in notice
    assert "Silero Team" in notice
