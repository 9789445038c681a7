"""Serves the page: `/`, `/admin` and their files, from the package, under a policy that lets no other host in.

The page holds no secrets and needs no key; what it asks for afterwards does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fastapi import APIRouter, Request, Response

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.front import unknown_url
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.outbox import Outbox
from ovos_voice_agent.transports.websocket import OpenSession

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",  # the audio worklets
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",  # of the WebSocket as well
        "media-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # a browser asks each time, and mostly hears that nothing has changed
}

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served; files of the folder with other endings (types for the checker) are not."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page. `tag` changes whenever the content does."""

    content: bytes
    media_type: str
    tag: str


def page_routes() -> APIRouter:
    """The page and its files; they need no key."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def page(request: Request) -> Response:
        return _answer(request, _files()["index.html"])

    @router.get("/admin")
    async def admin(request: Request) -> Response:
        return _answer(request, _files()["admin.html"])

    @router.get("/web/{name}")
    async def file(request: Request, name: str) -> Response:
        found = _files().get(name)
        if found is None:
            raise unknown_url("GET", request.url.path)
        return _answer(request, found)

    return router


def choice_routes(guard: Callable[[Request], Awaitable[None]], choices: Callable[[], Mapping[str, Any]]) -> APIRouter:
    """What the page lets people choose from; to be included before the page's files.

    The page asks before it knows whether a key is wanted, and browsers write down every refusal as an error: so who may
    not know, or asks too early, is told so in an answer of status 200.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/web/config.json")
    async def config(request: Request) -> Mapping[str, Any]:
        try:
            await guard(request)
            return choices()
        except ClientError as error:
            return {"refused": error.status}

    return router


def reason_routes(admit: Callable[[Handshake], Awaitable[Opening]], open_session: OpenSession) -> APIRouter:
    """Why no session was opened, which browsers do not tell a page: the same is tried once more, and given up at once.

    The answer is of status 200, so that no browser writes down another error; `status` is that of the refusal.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/web/why.json")
    async def why(request: Request) -> Mapping[str, Any]:
        try:
            opening = await admit(Handshake.from_scope(request.scope))
            session = await open_session(opening, Outbox(lambda _: None))
        except ClientError as error:
            return {"status": error.status, "code": error.code, "message": error.message}
        await session.close()
        return {"status": 200}

    return router


@cache
def _files() -> dict[str, File]:
    """All files by name: a quarter of a megabyte, read once, so that a request touches no disk."""
    folder = resources.files("ovos_voice_agent") / "web"
    found = {}
    for entry in folder.iterdir():
        media_type = TYPES.get("." + entry.name.rpartition(".")[2])
        if media_type:
            content = entry.read_bytes()
            found[entry.name] = File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:20]}"')
    return found


def _answer(request: Request, file: File) -> Response:
    headers = {**HEADERS, "ETag": file.tag}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
