"""The deterministic engines keep the rules of engines, and their scripts."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import (
    LlmDone,
    Message,
    Partial,
    Prompt,
    SttOptions,
    TextDelta,
    TextPart,
    TtsOptions,
)
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.contracts import check_llm, check_stt, check_tts, check_vad
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, Tone, ToneTts, said_slowly

LOUD = (np.sin(np.arange(16_000) / 5) * 10_000).astype("<i2").tobytes()


def test_they_keep_the_contract_of_engines() -> None:
    check_vad(EnergyVad, LOUD)
    check_llm(ScriptedLlm)
    check_tts(ToneTts)


def test_the_recogniser_tells_words_as_they_are_fed() -> None:
    async def scene() -> tuple[list[Partial], str]:
        partials: list[Partial] = []
        stream = ScriptedStt(["one two three"]).open(SttOptions(), partials.append)
        stream.feed(LOUD[:19_200])
        stream.feed(LOUD[19_200:])
        return partials, (await stream.finish()).text

    partials, text = asyncio.run(scene())
    assert [partial.stable for partial in partials] == ["one two", "one two three"]
    assert text == "one two three"


def test_without_a_script_the_recogniser_tells_the_length() -> None:
    async def scene() -> str:
        stream = ScriptedStt().open(SttOptions(), lambda _: None)
        stream.feed(LOUD)
        return (await stream.finish()).text

    assert asyncio.run(scene()) == "1000 ms"


def test_scripts_may_fail() -> None:
    async def scene() -> None:
        with pytest.raises(EngineError):
            await ScriptedStt([EngineError("no")]).open(SttOptions(), lambda _: None).finish()
        with pytest.raises(EngineError):
            _ = [event async for event in ScriptedLlm([[EngineError("no")]]).reply(Prompt(()))]
        tts = ToneTts(Tone(error=EngineError("no")))
        with pytest.raises(EngineError):
            _ = [piece async for piece in tts.speak("hello", TtsOptions("tone"))]

    asyncio.run(scene())


def test_the_mind_echoes_or_follows_its_script() -> None:
    async def scene() -> list[str]:
        llm = ScriptedLlm([said_slowly("Well well.")])
        prompt = Prompt((Message("user", (TextPart("hi"),)),))
        answers = []
        for _ in range(2):
            events = [event async for event in llm.reply(prompt)]
            assert isinstance(events[-1], LlmDone)
            answers.append("".join(event.text for event in events if isinstance(event, TextDelta)))
        return answers

    assert asyncio.run(scene()) == ["Well well.", "You said: hi."]


def test_the_recogniser_keeps_the_contract() -> None:
    check_stt(lambda: ScriptedStt(["hello", "", "", "one", "two", "x", "x", "again"]), LOUD)


def test_what_is_heard_again_has_the_text_that_it_had() -> None:
    async def scene() -> list[str]:
        stt = ScriptedStt(["one", "two"])
        texts = []
        for pcm, drops in ((b"abcd", True), (b"abcdef", False), (b"abcdef", False)):
            stream = stt.open(SttOptions(), lambda _: None)
            stream.feed(pcm)
            texts.append((await stream.finish()).text)
            if drops:
                stream.cancel()
        return texts

    assert asyncio.run(scene()) == ["one", "one", "two"]
