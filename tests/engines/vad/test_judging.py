"""Batches through gate and model."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.batch import Share
from ovos_voice_agent.engines.vad.gate import Gate
from ovos_voice_agent.engines.vad.judging import Judge, skip
from ovos_voice_agent.engines.vad.silero_model import CONTEXT_SAMPLES, SileroModel, State
from tests.recordings import recording

WEIGHTS = resources.files("ovos_voice_agent.engines").joinpath("vad", "data", "silero_vad_16k.npz")
GATE = Gate(-70.0, margin_db=4.0, settle_windows=8, replay_windows=4)


@pytest.fixture(scope="module")
def model() -> SileroModel:
    with WEIGHTS.open("rb") as file:
        return SileroModel.load(file)


def speech_after_silence(silent_windows: int) -> np.ndarray:
    samples, _ = read_wav(recording("goforward"))
    return np.concatenate((np.zeros((silent_windows, 512), np.float32), samples[: 64 * 512].reshape(-1, 512)))


@pytest.mark.parametrize("size", [1, 2, 7, 200])
def test_cutting_changes_nothing_with_skipped_windows_either(model: SileroModel, size: int) -> None:
    windows = np.concatenate((speech_after_silence(30), speech_after_silence(40)))
    whole = Judge(model, GATE)([Share(State(), windows)])[0]
    state, parts = State(), []
    for at in range(0, len(windows), size):
        parts += Judge(model, GATE)([Share(state, windows[at : at + size])])[0]
    assert whole.count(0.0) > 40
    np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_a_stream_that_slept_is_as_one_that_began_with_what_it_hears_again(model: SileroModel) -> None:
    """Its memory stands where it fell asleep; here that is at the beginning."""
    gate = Gate(-70.0, settle_windows=0, replay_windows=4)
    windows = np.concatenate((speech_after_silence(20)[:20], speech_after_silence(0)[20:40]))
    slept = Judge(model, gate)([Share(State(), windows)])[0]
    fresh = Judge(model, Gate(-200.0))([Share(State(), windows[16:])])[0]
    assert slept[:20] == [0.0] * 20
    np.testing.assert_allclose(slept[20:], fresh[4:], atol=1e-5)


def test_company_changes_nothing(model: SileroModel) -> None:
    sounds = [speech_after_silence(30), speech_after_silence(3), np.zeros((50, 512), np.float32)]
    alone = [Judge(model, GATE)([Share(State(), sound)])[0] for sound in sounds]
    together = Judge(model, GATE)([Share(State(), sound) for sound in sounds])
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_what_is_kept_of_skipped_windows_is_the_last_and_what_was_before() -> None:
    windows = np.arange(6, dtype=np.float32)[:, None] + np.zeros((6, 512), np.float32)
    state = State()
    skip(state, windows[:3], 4)
    assert state.skipped[:, 0].tolist() == [0, 1, 2]
    assert not state.context.any()
    skip(state, windows[3:], 4)
    assert state.skipped[:, 0].tolist() == [2, 3, 4, 5]
    assert state.context.tolist() == [1.0] * CONTEXT_SAMPLES
    skip(state, windows, 0)
    assert len(state.skipped) == 0
    assert state.context.tolist() == [5.0] * CONTEXT_SAMPLES
