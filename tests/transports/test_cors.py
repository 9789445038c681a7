"""What pages of other origins get."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ovos_voice_agent.transports.cors import EXPOSED, Pages
from ovos_voice_agent.transports.origins import Origins

PAGE = "https://app.example.org"


def asked(origins: Origins, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bool]:
    """Status and headers of the answer, and whether the routes saw the request."""
    seen, sent = [], []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"secret"})

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": method, "path": "/v1/models", "headers": raw}
    asyncio.run(Pages(origins, inner)(scope, None, send))  # type: ignore[arg-type]
    shown = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert bool(seen) == (sent[1]["body"] == b"secret")
    return sent[0]["status"], shown, bool(seen)


OPEN = Origins([], keyed=False, host="127.0.0.1")
LISTED = Origins([PAGE], keyed=True, host="0.0.0.0")


def test_no_page_no_headers() -> None:
    assert asked(LISTED) == (200, {"a": "b"}, True)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_page_gets_nothing(method: str) -> None:
    for origins in (OPEN, LISTED):
        status, headers, seen = asked(
            origins, method, origin="https://evil.example", access_control_request_method="POST"
        )
        assert (status, seen) == (403, False)
        assert not any(name.startswith("access-control") for name in headers)


def test_an_allowed_page_may_read_answers_and_the_headers_it_needs() -> None:
    status, headers, seen = asked(LISTED, "POST", origin=PAGE)
    assert (status, seen) == (200, True)
    assert (headers["access-control-allow-origin"], headers["vary"]) == (PAGE, "Origin")
    assert {"Location", "X-Request-Id", "Retry-After"} <= set(EXPOSED.split(", "))
    assert headers["access-control-expose-headers"] == EXPOSED


def test_an_allowed_page_may_send_what_it_asks_to_send() -> None:
    asks = {"origin": PAGE, "access_control_request_method": "POST"}
    wanted = "authorization, content-type, x-stainless-os, openai-beta"
    status, headers, seen = asked(LISTED, "OPTIONS", **asks, access_control_request_headers=wanted)
    assert (status, seen) == (204, False)
    assert headers["access-control-allow-headers"] == wanted
    assert "POST" in headers["access-control-allow-methods"]
    assert "Authorization" in asked(LISTED, "OPTIONS", **asks)[1]["access-control-allow-headers"]


def test_a_name_that_was_pointed_at_this_machine_reads_nothing() -> None:
    assert asked(OPEN, host="evil.example:8000")[0] == 403
