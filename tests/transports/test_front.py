"""The whole server as one application: paths, prefix, request ids, faults."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from ovos_voice_agent.transports.front import ANSWER_HEADERS, Front, unknown_url
from ovos_voice_agent.transports.request_id import REQUEST_ID
from tests.transports.plain import counted_ids


class Seen:
    """An application that notes the scopes it was given and answers every request."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"ok"})


def asked(front: Front, path: str, type: str = "http") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{type}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(front({"type": type, "method": "GET", "path": path}, receive, send))
    return sent


def test_sockets_by_path_and_the_rest_to_the_routes() -> None:
    socket, http = Seen(), Seen()
    front = Front({"/v1/realtime": socket}, http, counted_ids())
    for path in ("/v1/realtime", "/v1/realtime/"):
        asked(front, path, "websocket")
    asked(front, "/v1/realtime")
    assert (len(socket.scopes), len(http.scopes)) == (2, 1)


def test_a_websocket_to_nowhere_is_refused() -> None:
    start, body = asked(Front({}, Seen(), counted_ids()), "/v1/nowhere", "websocket")
    assert start["status"] == 404
    assert json.loads(body["body"])["error"]["code"] == "unknown_url"


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/voice/v1/models", "/v1/models"),
        ("/v1/models", "/v1/models"),
        ("/voice/", "/"),
        ("/voicemail", "/voicemail"),
    ],
)
def test_a_prefix_may_be_there_or_not(path: str, seen: str) -> None:
    http = Seen()
    asked(Front({}, http, counted_ids(), path_prefix="/voice"), path)
    assert http.scopes[0]["path"] == seen


def test_every_answer_has_a_request_id_and_its_own_headers() -> None:
    times = iter([10.0, 10.0424])
    start, _ = asked(Front({}, Seen(), counted_ids(), clock=lambda: next(times)), "/")
    assert start["headers"] == [
        (b"a", b"b"),
        (b"x-request-id", b"req_1"),
        (b"openai-version", b"2020-10-01"),
        (b"openai-processing-ms", b"42"),
    ]


def test_a_fault_of_a_route_is_a_500_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def faulty(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret detail")

    with caplog.at_level(logging.ERROR):
        start, body = asked(Front({}, faulty, counted_ids()), "/")
    assert start["status"] == 500
    assert b"secret" not in body["body"]
    assert len(caplog.records) == 1


def test_a_fault_after_the_answer_began_adds_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def faulty(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    with caplog.at_level(logging.ERROR):
        assert len(asked(Front({}, faulty, counted_ids()), "/")) == 1


def test_an_unknown_address_is_named() -> None:
    error = unknown_url("GET", "/v2")
    assert (error.status, error.message) == (404, "Invalid URL (GET /v2)")


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/openai/v1/realtime/client_secrets", "/v1/realtime/client_secrets"),
        ("/openai/realtimeapi/sessions", "/v1/realtime/sessions"),
        ("/openai/deployments/tts/audio/speech", "/openai/deployments/tts/audio/speech"),
    ],
)
def test_azures_paths_lead_to_the_same_routes(path: str, seen: str) -> None:
    http = Seen()
    asked(Front({}, http, counted_ids()), path)
    assert http.scopes[0]["path"] == seen


def test_headers_left_for_the_answer_go_with_it_whatever_it_is() -> None:
    async def faulty(scope: Any, receive: Any, send: Any) -> None:
        scope[ANSWER_HEADERS].append((b"x-left", b"7"))
        raise RuntimeError

    start, _ = asked(Front({}, faulty, counted_ids()), "/")
    assert (start["status"], (b"x-left", b"7") in start["headers"]) == (500, True)


def test_the_request_at_hand_has_a_name() -> None:
    seen = []

    async def http(scope: Any, receive: Any, send: Any) -> None:
        seen.append(REQUEST_ID.get())

    asked(Front({}, http, counted_ids()), "/")
    assert (seen, REQUEST_ID.get()) == (["req_1"], "")
