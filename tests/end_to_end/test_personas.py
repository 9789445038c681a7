"""Personas as unmodified clients meet them: models that speak first, in their language, with engines of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openai import AsyncOpenAI

from ovos_voice_agent.app import running
from ovos_voice_agent.config import Config, SessionConfig
from ovos_voice_agent.errors import ConfigError
from tests.end_to_end.talking import LIMIT_S, Fakes, Talk, configured, conversation, talking

PIRATE = """
instructions = "You are a pirate."
voice = "de"
language = "de"
first_message = "Willkommen an Bord, Landratte."
[engines.llm]
name = "offline"
persona = "Captain Jack"
[engines.tts]
name = "espeak-ng"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "pirate.toml").write_text(PIRATE, encoding="utf-8")
    (tmp_path / "butler.toml").write_text('instructions = "You are a butler."\nvoice = "other"\n', encoding="utf-8")
    return msgspec.structs.replace(configured(), session=SessionConfig(personas=str(tmp_path)))


def said(response: dict[str, Any]) -> str:
    assert response["status"] == "completed", response
    return str(response["output"][0]["content"][0]["transcript"])


def test_a_persona_speaks_first_and_its_answers_come_from_its_own_engines(config: Config) -> None:
    fakes = Fakes()

    async def play() -> None:
        async with running(config, fakes.by_stage) as server:
            async with talking(server, "pirate") as talk:
                created = talk.events[0]["session"]
                assert (created["instructions"], created["audio"]["output"]["voice"]) == ("You are a pirate.", "de")
                await talk.settings(audio={"output": {"voice": "ru", "format": {"type": "audio/pcmu"}}})
                first = await talk.answer()
                assert said(first) == "Willkommen an Bord, Landratte."
                assert first["audio"]["output"]["voice"] == "ru"
                assert talk.all("response.output_audio.delta")
                await talk.write("Who are you?")
                await talk.sdk.response.create()
                assert "I am Captain Jack." in said(await talk.answer())
            assert (fakes.llm.prompts, fakes.tts.spoken) == ([], [])

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))


def test_a_persona_without_engines_has_those_of_all(config: Config) -> None:
    fakes = Fakes()

    async def script(talk: Talk) -> None:
        await talk.write("Tea, please.")
        await talk.sdk.response.create()
        assert said(await talk.answer()) == "You said: Tea, please.."
        assert fakes.llm.prompts[0].messages[0].text == "You are a butler."
        assert fakes.tts.spoken[0].options.voice == "other"

    conversation(script, fakes, config, model="butler")


def test_whoever_acts_first_has_the_first_word(config: Config) -> None:
    async def script(talk: Talk) -> None:
        await talk.settings(output_modalities=["text"])
        await talk.write("What is two plus two?")
        await talk.sdk.response.create()
        answer = await talk.answer()
        assert "4" in answer["output"][0]["content"][0]["text"]
        assert len(talk.all("response.created")) == 1

    conversation(script, Fakes(), config, model="pirate")


def test_personas_are_models_everywhere(config: Config) -> None:
    async def play() -> None:
        async with running(config, Fakes().by_stage) as server:
            client = AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0)
            assert {"pirate", "butler"} <= {model.id async for model in client.models.list()}
            secret = await client.realtime.client_secrets.create(session={"type": "realtime", "model": "pirate"})
            assert secret.session.instructions == "You are a pirate."
            question: Any = [{"role": "user", "content": "Who are you?"}]
            chat = await client.chat.completions.create(model="pirate", messages=question)
            assert "I am Captain Jack." in str(chat.choices[0].message.content)
            butler = await client.chat.completions.create(model="butler", messages=question)
            assert butler.choices[0].message.content == "You said: Who are you?."
            await client.close()

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))


def test_what_is_wrong_with_the_engines_of_a_persona_is_told_before_anything_starts(config: Config) -> None:
    folder = Path(config.session.personas)
    (folder / "ghost.toml").write_text('instructions = "Boo."\n[engines.tts]\nname = "whisper"', encoding="utf-8")

    async def play() -> None:
        async with running(config, Fakes().by_stage):
            pass

    with pytest.raises(ConfigError, match=r"session\.personas: ghost: engines\.tts\.name: there is no engine"):
        asyncio.run(play())
