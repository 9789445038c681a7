"""A tour of the voices in the box, in ten languages and more, by the list and the samples that clients get."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import numpy as np
import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.audio.pcm import FloatSamples
from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.registry import installed
from tests.end_to_end.talking import LIMIT_S, Fakes, configured

pytestmark = pytest.mark.real

LANGUAGES = ("ar", "de", "el", "en-us", "es", "fr-fr", "hi", "it", "pl", "ru", "sv", "tr")


def test_voices_in_twelve_languages_are_heard_and_differ() -> None:
    samples = asyncio.run(asyncio.wait_for(tour(), LIMIT_S))
    for sample in samples.values():
        assert 0.8 < len(sample) / 24_000 < 5.0
        assert np.sqrt(np.mean(np.square(sample))) > 0.02, "it is not silent"
        assert np.abs(sample).max() < 1.0
    assert len({sample.tobytes() for sample in samples.values()}) == len(samples)
    same_sentence = [samples["en-us"], samples["alloy"], samples["nova"], samples["onyx"]]
    assert len({len(sample) for sample in same_sentence}) >= 3, "voices of one language differ as well"


async def tour() -> dict[str, FloatSamples]:
    """A sample of a voice of each language, and of some that speak English."""
    engines = {**Fakes().by_stage, "tts": installed().create("tts", "espeak-ng", {})}
    async with running(configured(), engines) as server, aiohttp.ClientSession() as client:
        async with client.get(f"{server.url}/audio/voices") as answer:
            listed: list[dict[str, Any]] = (await answer.json())["voices"]
        assert {voice["word_times"] for voice in listed} == {"measured"}
        assert len({voice["language"] for voice in listed}) > 100
        by_name = {voice["id"]: voice for voice in listed}
        samples = {}
        for name in (*LANGUAGES, "alloy", "nova", "onyx"):
            address = server.url.removesuffix("/v1") + by_name[name]["sample"]
            async with client.get(address) as answer:
                assert answer.status == 200
                samples[name], rate_hz = read_wav(await answer.read())
            assert rate_hz == 24_000
        return samples
