"""JSON bodies and what is wrong with them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.bodies import json_object


def read(*parts: bytes, content_type: str = "application/json", most_bytes: int = 100) -> dict[str, Any]:
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return messages.pop(0)

    headers = [(b"content-type", content_type.encode())] if content_type else []
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)
    return asyncio.run(json_object(request, most_bytes))


def refusal(*parts: bytes, **more: Any) -> tuple[int, str | None]:
    with pytest.raises(ClientError) as refused:
        read(*parts, **more)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize("kind", ["", "application/json", "Application/JSON; charset=utf-8", "application/x+json"])
def test_an_object_in_any_number_of_parts(kind: str) -> None:
    assert read(b'{"a"', b": 1}", content_type=kind) == {"a": 1}


def test_nothing_is_an_empty_object_whatever_it_calls_itself() -> None:
    assert read() == read(b" \n", content_type="application/octet-stream") == {}


def test_what_is_wrong_is_said() -> None:
    assert refusal(b"{") == (400, "invalid_json")
    assert refusal(b"\xff") == (400, "invalid_json")
    assert refusal(b"[" * 90) == (400, "invalid_json")
    assert refusal(b"[]") == (400, "invalid_type")
    assert refusal(b"{}", content_type="text/plain") == (415, "unsupported_content_type")


def test_reading_stops_at_the_limit() -> None:
    assert refusal(b"{}" * 60) == (413, "request_too_large")
    assert refusal(b" " * 60, b" " * 41) == (413, "request_too_large")
    assert read(b'{"a": "' + b"b" * 91 + b'"}') == {"a": "b" * 91}
