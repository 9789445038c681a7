"""Requests over HTTP: the paths beside the WebSocket, and the short-lived keys that they give out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from ovos_voice_agent.conformance.wire import AZURE_PATH, PREVIEW_VERSION, WRONG_KEY, Target, address
from ovos_voice_agent.errors import TransportClosed

MINTING: dict[str, tuple[str, tuple[str, ...]]] = {
    "ga": ("/realtime/client_secrets", ("value",)),
    "azure": ("/realtime/client_secrets", ("value",)),
    "beta": ("/realtime/sessions", ("client_secret", "value")),
    "azure-preview": ("/realtime/sessions", ("client_secret", "value")),
}
"""Dialect -> where short-lived keys are given out, and where the key stands in the answer."""


async def ask(target: Target, request: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
    """The answer as `{"type": "http", "status", "headers", "body"}`. Raises TransportClosed where none comes."""
    headers = _headers(target, str(request.get("key", "own")))
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=limit_s), headers=headers)
    try:
        async with (
            session,
            session.request(
                str(request.get("method", "GET")), http_address(target, str(request["path"])), json=request.get("body")
            ) as answer,
        ):
            text = await answer.text(errors="replace")
            shown = {name.lower(): value for name, value in answer.headers.items()}
            return {"type": "http", "status": answer.status, "headers": shown, "body": _json_of(text)}
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TransportClosed(f"{request['path']}: {error}") from error


async def minted_key(target: Target, limit_s: float) -> str | None:
    """A short-lived key of a default session, or None where the server gives none out."""
    path, place = MINTING[target.dialect]
    try:
        value: Any = (await ask(target, {"method": "POST", "path": path, "body": {}}, limit_s))["body"]
    except TransportClosed:
        return None
    for name in place:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def http_address(target: Target, path: str) -> str:
    """Where a path of the API is: beside the WebSocket's own."""
    parts = urlsplit(address(target, {}))
    scheme = {"ws": "http", "wss": "https"}[parts.scheme]
    if target.dialect == "azure-preview":
        base, query = parts.path.removesuffix("/openai/realtime") + "/openai", f"api-version={PREVIEW_VERSION}"
        return urlunsplit((scheme, parts.netloc, base + path.replace("/realtime/", "/realtimeapi/"), query, ""))
    base = parts.path.removesuffix("/realtime") if target.dialect != "azure" else _azure_base(parts.path)
    return urlunsplit((scheme, parts.netloc, base + path, "", ""))


def _azure_base(path: str) -> str:
    return path.removesuffix(AZURE_PATH) + AZURE_PATH.removesuffix("/realtime")


def _headers(target: Target, key: str) -> dict[str, str]:
    known = {"own": target.key, "wrong": WRONG_KEY}.get(key)
    if not known:
        return {}
    return {"api-key": known} if target.dialect.startswith("azure") else {"Authorization": f"Bearer {known}"}


def _json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
