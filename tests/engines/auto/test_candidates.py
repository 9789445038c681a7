"""What `auto` looks at, in which order, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from ovos_voice_agent.engines.auto.candidates import Candidate, Machine, usual_servers, with_models, with_servers
from ovos_voice_agent.weights.catalogue import find
from ovos_voice_agent.weights.store import Store

SMALL = Machine(cores=2, gpu=False)


def pretend(store: Store, *ids: str) -> Store:
    """Files of the right sizes, with nothing in them."""
    for model_id in ids:
        model = find(model_id)
        assert model is not None
        store.folder_of(model).mkdir(parents=True)
        for file in model.files:
            with (store.folder_of(model) / file.name).open("wb") as empty:
                empty.truncate(file.size)
    return store


@asynccontextmanager
async def model_server(answer: Any) -> AsyncIterator[str]:
    """Base URL of a server whose list of models is `answer`."""

    async def models(_: web.Request) -> web.StreamResponse:
        return web.json_response(answer) if not isinstance(answer, web.HTTPException) else answer

    app = web.Application()
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def listed(*ids: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": model_id, "object": "model"} for model_id in ids]}


def found(answers: list[Any], model: str = "") -> list[Candidate]:
    async def run() -> list[Candidate]:
        servers = []
        managers = [model_server(answer) for answer in answers]
        for place, manager in enumerate(managers):
            servers.append((f"server {place}", await manager.__aenter__()))
        try:
            return [candidate async for candidate in with_servers(servers, model)]
        finally:
            for manager in managers:
                await manager.__aexit__(None, None, None)

    return asyncio.run(run())


def test_without_models_it_is_what_is_in_the_box_and_the_command_for_better(tmp_path: Path) -> None:
    (only,) = with_models("stt", Store(tmp_path), "en", SMALL)
    assert only.engine == "pocketsphinx"
    assert "models pull zipformer-en" in only.why
    (voice,) = with_models("tts", Store(tmp_path), "de-DE", SMALL)
    assert voice.engine == "espeak-ng"
    assert "models pull piper-de_DE-thorsten-medium" in voice.why


def test_models_that_are_here_come_first_and_the_best_of_them(tmp_path: Path) -> None:
    store = pretend(Store(tmp_path), "whisper-tiny", "zipformer-en", "zipformer-de")
    assert [candidate.engine for candidate in with_models("stt", store, "en", SMALL)] == [
        "sherpa-onnx",
        "faster-whisper",
        "pocketsphinx",
    ]
    first = with_models("stt", store, "de", SMALL)[0]
    assert first.options == {"model": str(tmp_path / "zipformer-de"), "language": "de"}
    assert "zipformer-de is the best model for 'de'" in first.why


def test_voices_are_given_no_language(tmp_path: Path) -> None:
    store = pretend(Store(tmp_path), "piper-de_DE-thorsten-medium")
    first = with_models("tts", store, "de", SMALL)[0]
    assert set(first.options) == {"model"}


def test_the_usual_servers_and_where_ollama_says_that_it_is() -> None:
    assert [base_url for _, base_url in usual_servers({})] == [
        "http://127.0.0.1:11434/v1",
        "http://127.0.0.1:8080/v1",
        "http://127.0.0.1:1234/v1",
    ]
    assert usual_servers({"OLLAMA_HOST": "box.lan:11434"})[0] == ("Ollama", "http://box.lan:11434/v1")
    assert usual_servers({"OLLAMA_HOST": "https://box.lan/"})[0] == ("Ollama", "https://box.lan/v1")


def test_the_first_server_that_answers_with_a_model_that_writes() -> None:
    candidates = found([web.HTTPNotFound(), listed(), listed("nomic-embed-text", "llama3.2")])
    assert [candidate.engine for candidate in candidates] == ["openai", "offline"]
    assert candidates[0].options["model"] == "llama3.2"
    assert candidates[0].why.startswith("server 2 answers at http://127.0.0.1:")


@pytest.mark.parametrize("answer", [{"data": "no"}, [1, 2], {"data": [{"name": "x"}]}, {}])
def test_what_is_no_list_of_models_is_no_server(answer: Any) -> None:
    assert [candidate.engine for candidate in found([answer])] == ["offline"]


def test_a_wanted_model_is_taken_where_it_is() -> None:
    candidates = found([listed("a"), listed("b", "c")], model="c")
    assert [(candidate.engine, candidate.options.get("model")) for candidate in candidates] == [
        ("openai", "c"),
        ("offline", None),
    ]


def test_nobody_answers() -> None:
    (only,) = asyncio.run(_collect([("Ollama", "http://127.0.0.1:9/v1")]))
    assert only.engine == "offline"
    assert only.why == "no language model answers: looked for Ollama (http://127.0.0.1:9/v1)"


async def _collect(servers: list[tuple[str, str]]) -> list[Candidate]:
    return [candidate async for candidate in with_servers(servers, "")]
