"""The OpenAPI document, true to what the routes do: every error that they may answer with, in its one shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string", "minLength": 1},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
"""OpenAI's error body (protocol.md 2.2)."""

_MEANINGS = {
    "400": "Something in the request is wrong; `param` names it.",
    "401": "No key, or a wrong or expired one.",
    "403": "This key or this web page may not do that.",
    "404": "There is no such thing.",
    "405": "Not this method.",
    "413": "The body is too large.",
    "415": "Not this content type.",
    "429": "A limit was reached; `Retry-After` tells when to come back.",
    "500": "Our fault.",
    "503": "The server is loading, shutting down, or lacks an engine for this; `Retry-After` tells when to come back.",
}
_ANYWHERE = ("403", "500")
_KEYED = ("401", "429", "503")
_WITH_BODY = ("400", "413", "415")
_STATE = frozenset({"/health", "/ready"})
"""Paths that tell of the server's state, and to everybody."""
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of an application with all its routes."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes, description=_DESCRIPTION)
    for path, operation in _operations(document):
        _complete(path, operation)
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document.get("paths", {}).items():
        for operation in operations.values():
            yield path, operation


def _complete(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # never: it is a 400 here
    for status in (*_ANYWHERE, *_more(path, operation)):
        responses.setdefault(status, {"description": _MEANINGS[status], "content": _ERROR})
    operation["responses"] = dict(sorted(responses.items()))
    if path not in _STATE:
        operation["security"] = [{}, {"key": []}]  # none is needed where the server has none


def _more(path: str, operation: dict[str, Any]) -> Iterator[str]:
    if path == "/ready":
        yield "503"
    elif path not in _STATE:
        yield from _KEYED
    if "requestBody" in operation:
        yield from _WITH_BODY
        yield "404"  # a model that does not exist
    if operation.get("parameters"):
        yield from ("400", "404")


_DESCRIPTION = """\
A server for OpenAI's Realtime API and the audio and chat calls beside it. The conversation itself is a WebSocket,
`GET /v1/realtime`, which this kind of document cannot describe: see the protocol reference of the hosted service.
Keys are sent as `Authorization: Bearer KEY`; a server without keys takes any, or none.
"""
