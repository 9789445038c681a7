"""RNNoise keeps the contract of front ends, takes noise away, and leaves what it is told to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.engines.frontend.interface import FrontendOptions
from ovos_voice_agent.engines.frontend.rnnoise import DELAY_SAMPLES, FRAME_SAMPLES, create
from ovos_voice_agent.engines.interface import FloatSamples
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_frontend
from tests.recordings import samples_16k


def clean(sound: FloatSamples, options: FrontendOptions | None = None, **settings: Any) -> FloatSamples:
    """The sound as it comes out, its delay taken off."""

    async def scene() -> FloatSamples:
        engine = create(settings)
        await engine.start()
        stream = engine.open(options or FrontendOptions())
        padded = np.concatenate((sound, np.zeros(4 * FRAME_SAMPLES, np.float32)))
        frames = padded[: len(padded) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        done: asyncio.Future[list[FloatSamples]] = asyncio.get_running_loop().create_future()
        stream.submit(frames, lambda cleaned: done.set_result(list(cleaned)))
        cleaned = np.concatenate(await done)
        stream.close()
        await engine.close()
        return cleaned[DELAY_SAMPLES:][: len(sound)]

    return asyncio.run(scene())


def speech() -> FloatSamples:
    samples: FloatSamples = samples_16k("goforward").astype(np.float32) / 32768
    return samples / np.abs(samples).max() * 0.5


def dbfs(samples: FloatSamples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


def test_contract() -> None:
    check_frontend(lambda: create({}), samples_16k("goforward").tobytes())


def test_noise_goes_and_speech_stays() -> None:
    generator = np.random.default_rng(1)
    noise = (0.02 * generator.standard_normal(48_000)).astype(np.float32)
    said = speech()
    both = np.concatenate((noise[:16_000], said + noise[: len(said)]))
    cleaned = clean(both)
    assert dbfs(cleaned[8_000:16_000]) < dbfs(both[8_000:16_000]) - 12
    assert abs(dbfs(cleaned[16_000:]) - dbfs(said)) < 4
    assert np.corrcoef(cleaned[16_000:], said)[0, 1] > 0.85


def test_strength_is_the_share_of_the_noise_that_goes() -> None:
    noise = (0.02 * np.random.default_rng(2).standard_normal(32_000)).astype(np.float32)
    levels = [
        dbfs(clean(noise, FrontendOptions(strength=strength), near_gain_db=0)[16_000:]) for strength in (0.0, 0.5, 1.0)
    ]
    assert levels[0] > levels[1] > levels[2]
    assert abs(levels[0] - dbfs(noise)) < 0.5, "none of it: the sound as it came"


def test_far_and_quiet_speech_is_made_louder_and_near_speech_less_so() -> None:
    quiet = np.tile(speech(), 3) * 0.02
    tail = slice(-len(quiet) // 3, None)
    plain, near, far = (
        dbfs(clean(quiet, options, **settings)[tail])
        for options, settings in (
            (FrontendOptions(), {"near_gain_db": 0}),
            (FrontendOptions(), {}),
            (FrontendOptions(far_field=True), {}),
        )
    )
    assert plain + 3 < near < plain + 7
    assert near + 3 < far


def test_after_long_silence_it_still_hears() -> None:
    said = speech()
    sound = np.concatenate((np.zeros(32_000, np.float32), said))
    assert np.corrcoef(clean(sound)[32_000:], said)[0, 1] > 0.9


@pytest.mark.parametrize("wrong", [{"strength": 2}, {"far_gain_db": -1}, {"gain": 1}])
def test_wrong_options_are_told(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigError) as told:
        create(wrong)
    assert next(iter(wrong)) in str(told.value)


def test_a_stream_needs_a_running_engine_and_whole_frames() -> None:
    with pytest.raises(EngineError):
        create({}).open(FrontendOptions())

    async def scene() -> None:
        engine = create({})
        await engine.start()
        with pytest.raises(ValueError, match="shape"):
            engine.open(FrontendOptions()).submit(np.zeros((1, 100), np.float32), lambda _: None)
        await engine.close()

    asyncio.run(scene())
