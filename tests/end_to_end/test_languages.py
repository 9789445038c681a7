"""Conversations that change their language midway: typed, spoken, and within one answer; the voice changes with it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from openai import AsyncOpenAI

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.config import Config, SessionConfig
from ovos_voice_agent.engines.interface import LlmEvent, Prompt, TextDelta, Transcript
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt
from tests.end_to_end.talking import LIMIT_S, Fakes, Talk, configured, conversation, talking

ANSWERS = {
    "en": "It is about time to have a cup of tea.",
    "de": "Es ist wohl Zeit für eine Tasse Kaffee.",
    "fr": "Il est temps de boire un verre de vin.",
    None: "I have no idea.",
}


class Polyglot(ScriptedLlm):
    """Answers in the language that it is told."""

    async def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        self.script.append([TextDelta(ANSWERS[prompt.language])])
        async for event in super().reply(prompt):
            yield event


def languages(**session: Any) -> Config:
    session = {"languages": ("en", "de", "fr"), "speculation": "never", **session}  # a guess would use the script up
    return msgspec.structs.replace(configured(), session=SessionConfig(**session))


async def typed(talk: Talk, text: str, **response: Any) -> str:
    """The answer to a message in words."""
    await talk.write(text)
    await talk.sdk.response.create(response=response) if response else await talk.sdk.response.create()
    return said(await talk.answer())


def said(response: dict[str, Any]) -> str:
    assert response["status"] == "completed", response
    return str(response["output"][0]["content"][0]["transcript"])


def test_typed_turns_are_answered_in_their_language() -> None:
    fakes = Fakes(llm=Polyglot())

    async def script(talk: Talk) -> None:
        turns = ["What time is it?", "Wie spät ist es?", "ok", "Quelle heure est-il ?", "And in English, please?"]
        expected = ["en", "de", "de", "fr", "en"]
        assert [await typed(talk, turn) for turn in turns] == [ANSWERS[language] for language in expected]
        assert [spoken.options.language for spoken in fakes.tts.spoken] == expected
        assert "answer in French" in fakes.llm.prompts[3].messages[-1].text

    conversation(script, fakes, languages())


def test_spoken_turns_are_answered_in_the_language_that_the_recogniser_reports() -> None:
    heard = [Transcript("what time is it", "en"), Transcript("hm", "de-DE"), Transcript("wie spät ist es", "cy")]
    fakes = Fakes(stt=ScriptedStt(heard), llm=Polyglot())

    async def script(talk: Talk) -> None:
        for language in ("en", "de", "de"):
            await talk.say("goforward")
            assert said(await talk.answer()) == ANSWERS[language]
        assert fakes.stt.utterances[0].options.languages == ("en", "de", "fr")

    conversation(script, fakes, languages(speculation="never"))  # a guess that is withdrawn would take from the script


def test_a_client_may_fix_the_language_of_a_session_or_of_one_turn() -> None:
    async def script(talk: Talk) -> None:
        settings = await talk.settings(x_ovos={"language": "de"})
        assert settings["x_ovos"]["language"] == "de"
        assert await typed(talk, "What time is it?") == ANSWERS["de"]
        assert await typed(talk, "What time is it?", x_ovos={"language": "fr"}) == ANSWERS["fr"]
        assert await typed(talk, "What time is it?", x_ovos={"language": "auto"}) == ANSWERS["en"]
        await talk.settings(x_ovos={"language": "auto"})
        assert await typed(talk, "Wie spät ist es?") == ANSWERS["de"]

    conversation(script, Fakes(llm=Polyglot()), languages())


def test_the_configuration_may_fix_it_for_all() -> None:
    fakes = Fakes(llm=Polyglot())

    async def script(talk: Talk) -> None:
        assert await typed(talk, "What time is it?") == ANSWERS["de"]
        await talk.say("goforward")
        assert said(await talk.answer()) == ANSWERS["de"]
        assert fakes.stt.utterances[0].options.language == "de"

    conversation(script, fakes, languages(language="de"))


@pytest.mark.real
def test_the_voice_really_changes() -> None:
    """Each answer of the session sounds most like the same text read out in that language."""
    engines = {**Fakes(llm=Polyglot()).by_stage, "tts": installed().create("tts", "espeak-ng", {})}

    async def play() -> None:
        turns = [
            ("What time is it?", "en", "alloy"),
            ("Wie spät ist es?", "de", "alloy"),
            ("Quelle heure est-il ?", "fr", "fr-fr"),
        ]
        config = languages(language_voices={"fr": "fr-fr"})
        async with running(config, engines) as server, reader(server) as read, talking(server) as talk:
            for turn, language, voice in turns:
                talk.events.clear()
                text = await typed(talk, turn)
                parts = [base64.b64decode(event["delta"]) for event in talk.all("response.output_audio.delta")]
                readings = {other: await read(text, voice, other) for other in ("en", "de", "fr", "es")}
                assert nearest(b"".join(parts), readings) == language

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))


@pytest.mark.real
def test_a_sentence_in_another_language_is_spoken_in_that() -> None:
    engines = {**Fakes().by_stage, "tts": installed().create("tts", "espeak-ng", {})}
    english, german = "In German you say this to your neighbours. ", "Guten Morgen, wie geht es Ihnen heute?"

    async def play() -> None:
        async with running(languages(), engines) as server, reader(server) as read:
            both = await read(english + german, "alloy")
            beginnings = {language: await read(english, "alloy", language) for language in ("en", "de")}
            ends = {language: await read(german, "alloy", language) for language in ("en", "de")}
            assert nearest(both, beginnings) == "en"
            assert nearest(both[-len(ends["de"]) :], ends) == "de"

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))


Read: TypeAlias = Callable[..., Awaitable[bytes]]
"""A text, a voice and perhaps a language -> how that sounds, as 24 kHz PCM."""


@asynccontextmanager
async def reader(server: Running) -> AsyncIterator[Read]:
    client = AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0)

    async def read(text: str, voice: str, language: str | None = None) -> bytes:
        body = {"x_ovos": {"language": language}} if language else {}
        answer = await client.audio.speech.create(
            input=text, voice=voice, model="tts-1", response_format="pcm", extra_body=body
        )
        return answer.content

    yield read
    await client.close()


def nearest(sound: bytes, readings: Mapping[str, bytes]) -> str:
    """The reading that the beginning of a sound is most like. espeak never says a text twice in quite the same way."""
    heard = loudness(sound)

    def difference(language: str) -> float:
        other = loudness(readings[language])
        length = min(len(heard), len(other))
        return float(np.abs(heard[:length] - other[:length]).mean())

    return min(readings, key=difference)


def loudness(sound: bytes) -> NDArray[np.float64]:
    """Of each 10 ms."""
    samples = np.frombuffer(sound, "<i2").astype(np.float64)
    return np.sqrt(np.square(samples[: len(samples) // 240 * 240]).reshape(-1, 240).mean(axis=1))
