"""RNNoise's library by itself."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from ovos_voice_agent.engines.frontend import rnnoise_library as library
from ovos_voice_agent.errors import EngineError


def frames(seed: int, count: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal((count, library.FRAME_SAMPLES))).astype(np.float32)


def test_streams_know_nothing_of_each_other() -> None:
    alone, first, second = library.Denoiser(), library.Denoiser(), library.Denoiser()
    wanted = [alone.process(frame)[0] for frame in frames(1, 20)]
    found = []
    for mine, other in zip(frames(1, 20), frames(2, 20), strict=True):
        found.append(first.process(mine)[0])
        second.process(other)
    assert np.array_equal(wanted, found)


def test_a_frame_is_not_changed_and_noise_is_no_speech() -> None:
    denoiser = library.Denoiser()
    sound = frames(3, 50)
    before = sound.copy()
    probabilities = [denoiser.process(frame)[1] for frame in sound]
    assert np.array_equal(sound, before)
    assert all(0 <= probability <= 1 for probability in probabilities)
    assert probabilities[-1] < 0.5


def test_a_state_goes_with_its_stream() -> None:
    denoiser = library.Denoiser()
    gone = weakref.ref(denoiser)
    del denoiser
    gc.collect()
    assert gone() is None


def test_a_missing_library_is_told_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PACKAGE", "no_such_package_of_rnnoise")
    library.load.cache_clear()
    try:
        with pytest.raises(EngineError, match="pip install"):
            library.load()
    finally:
        library.load.cache_clear()
