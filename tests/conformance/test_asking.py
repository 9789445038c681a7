"""Requests beside the socket, against a small server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from ovos_voice_agent.conformance.asking import ask, http_address, minted_key
from ovos_voice_agent.conformance.wire import Target
from ovos_voice_agent.errors import TransportClosed


@pytest.mark.parametrize(
    ("url", "dialect", "expected"),
    [
        ("http://h:1/v1", "ga", "http://h:1/v1/realtime/client_secrets"),
        ("wss://h/voice/v1/realtime?model=m", "ga", "https://h/voice/v1/realtime/client_secrets"),
        ("https://h/v1", "azure", "https://h/openai/v1/realtime/client_secrets"),
        ("https://h", "azure-preview", "https://h/openai/realtimeapi/client_secrets?api-version=2024-10-01-preview"),
    ],
)
def test_paths_are_beside_the_socket(url: str, dialect: str, expected: str) -> None:
    assert http_address(Target(url, None, "m", dialect), "/realtime/client_secrets") == expected


def served(script: Callable[[str], Awaitable[Any]], answer: Any, status: int = 200) -> tuple[Any, list[Any]]:
    """What a script returns that is given the address of a server, and what the server was asked."""
    seen: list[Any] = []

    async def handle(request: web.Request) -> web.Response:
        key = request.headers.get("Authorization") or request.headers.get("api-key")
        seen.append((request.method, request.path_qs, key, await request.text()))
        if isinstance(answer, str):
            return web.Response(text=answer, status=status)
        return web.json_response(answer, status=status, headers={"X-Request-Id": "req_1"})

    async def run() -> Any:
        application = web.Application()
        application.router.add_route("*", "/{any:.*}", handle)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            return await script(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        finally:
            await runner.cleanup()

    return asyncio.run(run()), seen


def test_an_answer_is_told_with_status_headers_and_body() -> None:
    answer, seen = served(lambda url: ask(Target(url, "sk"), {"path": "/models"}, 5), {"object": "list"})
    assert (answer["status"], answer["headers"]["x-request-id"], answer["body"]) == (200, "req_1", {"object": "list"})
    assert seen == [("GET", "/v1/models", "Bearer sk", "")]


def test_what_is_no_json_is_told_as_text() -> None:
    answer, _ = served(lambda url: ask(Target(url), {"path": "/models", "key": "own"}, 5), "<html>", 502)
    assert (answer["status"], answer["body"]) == (502, "<html>")


@pytest.mark.parametrize(
    ("dialect", "answer", "path", "key"),
    [
        ("ga", {"value": "ek_1"}, "/v1/realtime/client_secrets", "Bearer sk"),
        ("beta", {"client_secret": {"value": "ek_1"}}, "/v1/realtime/sessions", "Bearer sk"),
        ("azure", {"value": "ek_1"}, "/openai/v1/realtime/client_secrets", "sk"),
    ],
)
def test_short_lived_keys_are_asked_for(dialect: str, answer: Any, path: str, key: str) -> None:
    value, seen = served(lambda url: minted_key(Target(url, "sk", "m", dialect), 5), answer)
    assert value == "ek_1"
    assert seen == [("POST", path, key, "{}")]


@pytest.mark.parametrize("answer", ["no such path", {"error": {"message": "no"}}, {"value": None}, ["value"]])
def test_where_none_are_given_out_there_is_none(answer: Any) -> None:
    assert served(lambda url: minted_key(Target(url, "sk"), 5), answer, 404)[0] is None


def test_where_nobody_answers_it_is_told() -> None:
    with pytest.raises(TransportClosed, match="/models"):
        asyncio.run(ask(Target("http://127.0.0.1:9/v1"), {"path": "/models"}, 5))
