"""What voices sound like."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.interface import Voice
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.personas.catalogue import Catalogue, Names
from ovos_voice_agent.personas.samples import SENTENCES
from ovos_voice_agent.runtime.samples import KEPT, Samples
from ovos_voice_agent.runtime.service import Service
from ovos_voice_agent.testing.fakes import Tone, ToneTts
from tests.runtime.scenes import run, world

VOICES = [Voice("amy", "en-US"), Voice("otto", "de"), Voice("nobody")]


def service(tts: ToneTts, **more: str) -> Service:
    tts.voices = VOICES
    names = Names({"amy": "amy", "otto": "otto", "nobody": "nobody", "boss": "otto", **more})
    return Service(world(tts=tts), Catalogue(Names({}), Names({}), names, "", "", "amy"))


def spoken(tts: ToneTts) -> list[tuple[str, Any]]:
    return [(one.text, one.options.language) for one in tts.spoken]


def test_a_voice_says_a_sentence_in_its_language_once() -> None:
    tts = ToneTts()

    async def scene() -> list[bytes]:
        samples = Samples()
        return await asyncio.gather(*(samples.wav(service(tts), name) for name in ("otto", "boss", "otto")))

    files = run(scene())
    assert len(set(files)) == 1
    assert " ".join(text for text, _ in spoken(tts)) == SENTENCES["de"]
    assert {language for _, language in spoken(tts)} == {"de"}
    samples, rate_hz = read_wav(files[0])
    assert len(samples) / rate_hz == pytest.approx(0.06 * len(SENTENCES["de"]), abs=0.1)


def test_a_voice_of_unknown_language_speaks_english() -> None:
    tts = ToneTts()
    run(Samples().wav(service(tts), "nobody"))
    assert spoken(tts)[0] == ("Hello, this is how I sound.", None)


def test_what_went_wrong_is_told_and_tried_again() -> None:
    async def scene() -> bytes:
        samples = Samples()
        with pytest.raises(ClientError):
            await samples.wav(service(ToneTts()), "zoe")
        with pytest.raises(EngineError):
            await samples.wav(service(ToneTts(Tone(error=EngineError("broken")))), "amy")
        return await samples.wav(service(ToneTts()), "amy")

    assert run(scene())


def test_only_some_are_kept() -> None:
    tts = ToneTts(Tone(ms_per_character=1))
    more = {f"voice{number}": f"voice{number}" for number in range(KEPT)}

    async def scene() -> None:
        samples, all_voices = Samples(), service(tts, **more)
        for name in ("amy", *more):
            await samples.wav(all_voices, name)
        count = len(tts.spoken)
        await samples.wav(all_voices, "voice1")
        assert len(tts.spoken) == count
        await samples.wav(all_voices, "amy")
        assert len(tts.spoken) > count

    run(scene())
