"""`auto` becomes the engine that it took, and keeps the contract of its stage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ovos_voice_agent.engines.auto.choosing import Auto, create_llm, create_stt, create_tts
from ovos_voice_agent.engines.interface import Message, Prompt, TextDelta, TextPart
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_llm, check_stt, check_tts
from ovos_voice_agent.weights.store import Store
from tests.engines.auto.test_candidates import listed, model_server, pretend
from tests.recordings import samples_16k

NOBODY = "http://127.0.0.1:9/v1"


def started(auto: Auto) -> tuple[str, str]:
    """Name and quality of what was taken."""

    async def run() -> tuple[str, str]:
        await auto.start()
        try:
            return auto.info.name, auto.info.quality
        finally:
            await auto.close()

    return asyncio.run(run())


def test_before_the_start_it_says_what_it_would_take(tmp_path: Path) -> None:
    auto = create_stt({"models_folder": str(tmp_path)})
    assert auto.info.name == "auto"
    assert "pocketsphinx: no model for 'en' is on this machine" in auto.info.quality
    assert auto.ready
    with pytest.raises(AttributeError, match="before it was started"):
        auto.open  # noqa: B018 - reading it is the test
    asyncio.run(auto.close())


def test_the_registry_tells_it_where_models_lie(tmp_path: Path) -> None:
    store = pretend(Store(tmp_path), "zipformer-de")
    auto = installed(store).create("stt", "auto", {"language": "de"})
    assert "sherpa-onnx: zipformer-de" in auto.info.quality


@pytest.mark.parametrize("create", [create_stt, create_tts, create_llm])
def test_its_options_are_judged(create) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match="odd is not an option"):
        create({"odd": 1})


def test_servers_must_be_urls() -> None:
    with pytest.raises(ConfigError, match="servers must be base URLs"):
        create_llm({"servers": "localhost:11434"})


@pytest.mark.real
def test_what_does_not_start_is_passed_over_and_told(tmp_path: Path) -> None:
    store = pretend(Store(tmp_path), "zipformer-en")  # its files are empty, or the package is not installed
    name, quality = started(create_stt({"models_folder": str(store.folder)}))
    assert name == "pocketsphinx"
    assert quality.endswith("models pull zipformer-en; sherpa-onnx did not start)")


def test_a_server_that_answers_is_taken_with_its_model() -> None:
    async def run() -> tuple[str, str]:
        async with model_server(listed("llama3.2")) as base_url:
            auto = create_llm({"servers": f"{NOBODY} {base_url}"})
            await auto.start()
            try:
                return auto.info.name, auto.info.quality
            finally:
                await auto.close()

    name, quality = asyncio.run(run())
    assert name == "openai"
    assert "with llama3.2)" in quality


def test_without_any_server_the_offline_persona_answers() -> None:
    async def run() -> str:
        auto = create_llm({"servers": NOBODY})
        await auto.start()
        prompt = Prompt((Message("user", (TextPart("hello"),)),))
        answer = [event.text async for event in auto.reply(prompt) if isinstance(event, TextDelta)]
        await auto.close()
        return "".join(answer)

    assert asyncio.run(run())


def test_when_nothing_starts_it_says_so() -> None:
    auto = create_llm({"servers": NOBODY})
    auto._registry._points.clear()
    with pytest.raises(EngineError, match="None of these could be started: offline"):
        asyncio.run(auto.start())


def test_the_contract_of_minds() -> None:
    check_llm(lambda: create_llm({"servers": NOBODY}))  # type: ignore[arg-type,return-value]


@pytest.mark.real
def test_the_contract_of_voices(tmp_path: Path) -> None:
    check_tts(lambda: create_tts({"models_folder": str(tmp_path)}))  # type: ignore[arg-type,return-value]


@pytest.mark.real
def test_the_contract_of_recognisers(tmp_path: Path) -> None:
    pcm = samples_16k("goforward").tobytes()
    check_stt(lambda: create_stt({"models_folder": str(tmp_path)}), pcm, long_s=5)  # type: ignore[arg-type,return-value]
