"""Batches through the model."""

from __future__ import annotations

import math
from importlib import resources

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.batch import Share
from ovos_voice_agent.engines.vad.gate import Gate
from ovos_voice_agent.engines.vad.judging import Judge
from ovos_voice_agent.engines.vad.sieve import Sieve
from ovos_voice_agent.engines.vad.silero_model import SileroModel, State
from tests.recordings import recording

WEIGHTS = resources.files("ovos_voice_agent.engines").joinpath("vad", "data", "silero_vad_16k.npz")
GATE = Gate(-70.0, margin_db=4.0, settle_windows=8, replay_windows=4)
EVERYTHING = Gate(-math.inf)


@pytest.fixture(scope="module")
def judge() -> Judge:
    with WEIGHTS.open("rb") as file:
        return Judge(SileroModel.load(file))


def speech_after_silence(silent_windows: int) -> np.ndarray:
    samples, _ = read_wav(recording("goforward"))
    return np.concatenate((np.zeros((silent_windows, 512), np.float32), samples[: 64 * 512].reshape(-1, 512)))


@pytest.mark.parametrize("size", [1, 2, 7, 200])
def test_cutting_changes_nothing_with_skipped_windows_either(judge: Judge, size: int) -> None:
    windows = np.concatenate((speech_after_silence(30), speech_after_silence(40)))
    inputs, places = Sieve(GATE).sift(windows)
    assert len(places) < len(windows) - 40
    whole = judge([Share(State(), inputs)])[0]
    state, parts = State(), []
    for at in range(0, len(inputs), size):
        parts += judge([Share(state, inputs[at : at + size])])[0]
    np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_a_stream_that_slept_is_as_one_that_began_with_what_it_hears_again(judge: Judge) -> None:
    """Its memory stands where it fell asleep; here that is at the beginning."""
    gate = Gate(-70.0, settle_windows=0, replay_windows=4)
    windows = np.concatenate((speech_after_silence(20)[:20], speech_after_silence(0)[20:40]))
    inputs, places = Sieve(gate).sift(windows)
    fresh, _ = Sieve(EVERYTHING).sift(windows[16:])
    assert places[:5] == [None] * 4 + [20]
    np.testing.assert_allclose(judge([Share(State(), inputs)])[0], judge([Share(State(), fresh)])[0], atol=1e-5)


def test_company_changes_nothing(judge: Judge) -> None:
    sounds = [speech_after_silence(30), speech_after_silence(3), np.zeros((50, 512), np.float32)]
    inputs = [Sieve(EVERYTHING).sift(sound).inputs for sound in sounds]
    alone = [judge([Share(State(), one)])[0] for one in inputs]
    together = judge([Share(State(), one) for one in inputs])
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
