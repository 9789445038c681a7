"""JSON bodies of requests, read with a bound, and what is wrong with them in OpenAI's words."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Request

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.validation import invalid_type

MOST_BYTES = 4 * 1024 * 1024
"""Instructions and tools of a session are a fraction of it."""


async def json_object(request: Request, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """The body as an object; an empty body is an empty one. Raises ClientError: 400, 413, 415."""
    body = await _bounded(request, most_bytes)
    if not body.strip():
        return {}
    _check_type(request.headers.get("content-type", ""))
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ClientError(f"The body could not be parsed as JSON: {error}.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise invalid_type(value, "an object", "body")
    return value


def _check_type(content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        message = f"Unsupported content type: '{kind}'. This method takes 'application/json'."
        raise ClientError(message, code="unsupported_content_type", status=415)


async def _bounded(request: Request, most_bytes: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            message = f"The body is too large: this method takes at most {most_bytes} bytes."
            raise ClientError(message, code="request_too_large", status=413)
        parts.append(part)
    return b"".join(parts)
