"""The endpoint: who comes in, what is answered before the upgrade, and that every session is closed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue, Names
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.transports.connection import ConnectionLimits
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.outbox import Outbox
from ovos_voice_agent.transports.websocket import WIRE_EXTENSION, Door, RealtimeSocket
from tests.transports.plain import Gates, Line, PlainRunner, counted_ids, settle

CATALOGUE = Catalogue(
    models=Names({"mine": ""}),
    transcription_models=Names({"sphinx": ""}),
    voices=Names({"v": "v"}),
    default_model="mine",
    default_transcription_model="sphinx",
    default_voice="v",
)


class House:
    """An endpoint and the sessions it opened. `busy` makes it refuse with that error."""

    def __init__(self, *, key: str | None = None, loading: tuple[str, ...] = ()) -> None:
        self.lifecycle = Lifecycle(lambda: 0.0, loading)
        self.opened: list[Opening] = []
        self.runners: list[PlainRunner] = []
        self.busy: Exception | None = None
        gates = Gates(key)
        door = Door(self.lifecycle, gates.origins, gates.authenticator, gates.limiter, catalogue=lambda: CATALOGUE)
        self.endpoint = RealtimeSocket(
            door, self.open, ClientEventDecoder(), ConnectionLimits(), counted_ids(), lambda: 0.0
        )

    async def open(self, opening: Opening, outbox: Outbox) -> PlainRunner:
        if self.busy is not None:
            raise self.busy
        self.opened.append(opening)
        self.runners.append(PlainRunner(outbox))
        return self.runners[-1]

    async def visit(
        self, line: Line, query: str = "", headers: dict[str, str] | None = None, *, connect: bool = True, **more: Any
    ) -> None:
        scope = {
            "type": "websocket",
            "path": "/v1/realtime",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
            "extensions": {"websocket.http.response": {}, WIRE_EXTENSION: line},
            **more,
        }
        if connect:
            line.connect()
        await self.endpoint(scope, line.receive, line.send)


def refusal(house: House, **visit: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, error and headers of a visit that must be refused before the upgrade."""
    line = Line()
    asyncio.run(house.visit(line, **visit))
    start, body = line.received
    assert (start["type"], body["type"]) == ("websocket.http.response.start", "websocket.http.response.body")
    assert house.runners == []
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"].startswith("req_")
    return start["status"], json.loads(body["body"])["error"], headers


def visited(house: House, script: Callable[[Line], None], **visit: Any) -> Line:
    """A visit in which the client does what the script says and then leaves."""

    async def run() -> Line:
        line = Line()
        visiting = asyncio.ensure_future(house.visit(line, **visit))
        await settle()
        script(line)
        await settle()
        line.leave()
        await asyncio.wait_for(visiting, 30)
        return line

    return asyncio.run(run())


def test_the_session_is_announced_first_and_closed_at_the_end() -> None:
    house = House()
    line = visited(house, lambda line: line.say({"type": "input_audio_buffer.clear"}))
    assert line.received[0]["type"] == "websocket.accept"
    assert line.received[0]["subprotocol"] is None
    assert line.types() == ["session.created", "input_audio_buffer.cleared"]
    assert house.runners[0].closed == 1


def test_a_client_may_speak_before_it_is_greeted() -> None:
    house = House()

    async def run() -> list[str]:
        line = Line()
        line.connect()
        line.say({"type": "input_audio_buffer.clear"})
        visiting = asyncio.ensure_future(house.visit(line, connect=False))
        await settle()
        line.leave()
        await visiting
        return line.types()

    assert asyncio.run(run()) == ["session.created", "input_audio_buffer.cleared"]


def test_each_connection_speaks_its_own_dialect() -> None:
    house = House()
    visited(house, lambda line: None, headers={"openai-beta": "realtime=v1"})
    visited(house, lambda line: None)
    assert [opening.dialect for opening in house.opened] == ["beta", "ga"]


def test_subprotocol_and_key_of_a_browser() -> None:
    house = House(key="sk-one")
    offered = ["realtime", "openai-insecure-api-key.sk-one"]
    line = visited(house, lambda line: None, subprotocols=offered)
    assert line.received[0]["subprotocol"] == "realtime"
    assert house.opened[0].credential.name == "kitchen"


def test_model_intent_and_time_line_reach_the_session() -> None:
    house = House()
    visited(house, lambda line: None, query="intent=transcription&x_ovos=timeline")
    assert (house.opened[0].kind, house.opened[0].model, house.opened[0].timeline) == ("transcription", "sphinx", True)


@pytest.mark.parametrize(
    ("visit", "status", "code"),
    [
        ({"headers": {"authorization": "Bearer wrong"}}, 401, "invalid_api_key"),
        ({}, 401, None),
        ({"query": "api-key=sk-one&model=nope"}, 404, "model_not_found"),
        ({"query": "api-key=sk-one&dialect=nope"}, 400, "invalid_value"),
    ],
)
def test_refusals_are_http_answers(visit: dict[str, Any], status: int, code: str | None) -> None:
    found, error, _ = refusal(House(key="sk-one"), **visit)
    assert (found, error["code"]) == (status, code)
    assert set(error) == {"message", "type", "param", "code"}


def test_a_foreign_page_learns_nothing_on_a_server_without_keys() -> None:
    status, error, _ = refusal(House(), headers={"origin": "https://evil.example", "host": "127.0.0.1:8000"})
    assert (status, error["code"]) == (403, "permission_denied")


def test_not_ready_is_told_with_a_time_to_come_back() -> None:
    status, error, headers = refusal(House(loading=("tts",)))
    assert (status, error["code"], error["type"]) == (503, "model_loading", "server_error")
    assert int(headers["retry-after"]) > 0


def test_a_full_house_is_told_with_a_time_to_come_back() -> None:
    house = House()
    house.busy = ClientError("Too many sessions.", type="requests", code="rate_limit_exceeded", status=429)
    status, error, headers = refusal(house)
    assert (status, error["type"]) == (429, "requests")
    assert int(headers["retry-after"]) > 0


def test_our_own_fault_is_a_500_without_details(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    house.busy = RuntimeError("secret detail")
    status, error, _ = refusal(house)
    assert (status, error["type"]) == (500, "server_error")
    assert "secret" not in error["message"]
    assert len(caplog.records) == 1


def test_a_client_that_leaves_during_the_upgrade_leaves_no_session() -> None:
    house = House()

    async def run() -> None:
        line = Line()

        async def gone(message: Any) -> None:
            raise ConnectionResetError

        line.connect()
        scope = {"type": "websocket", "path": "/v1/realtime", "headers": [], "extensions": {WIRE_EXTENSION: line}}
        await house.endpoint(scope, line.receive, gone)

    asyncio.run(run())
    assert house.runners[0].closed == 1


def test_a_bug_closes_that_connection_with_1011_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    with caplog.at_level(logging.ERROR):
        line = visited(house, lambda line: line.say(7))  # what no server hands over
    assert line.goodbyes() == [(1011, "Internal error.")]
    assert len(caplog.records) == 1
    assert house.runners[0].closed == 1


def test_no_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        offered = ["realtime", "openai-insecure-api-key.sk-secret"]
        visited(House(key="sk-secret"), lambda line: None, subprotocols=offered, query="api-key=sk-secret")
        refusal(House(key="sk-other"), subprotocols=offered, query="Authorization=Bearer%20sk-secret")
    assert "sk-secret" not in caplog.text
