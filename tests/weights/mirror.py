"""A small model, and a mirror on this machine that serves it, breaks off, forgets how to go on, and damages files."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from ovos_voice_agent.weights.catalogue import File, Model

CONTENT = {"model.bin": bytes(range(256)) * 4000, "tokens.txt": b"one two three\n"}


def small_model(**changes: object) -> Model:
    """A model of two files, at an origin that does not exist."""
    facts: dict[str, object] = {
        "id": "small",
        "kind": "stt",
        "engine": "sherpa-onnx",
        "title": "made in the test",
        "languages": ("en",),
        "licence": "MIT",
        "origin": "https://hub.invalid/owner/small",
        "base": "https://hub.invalid/owner/small/resolve/main/",
        "machine": "any",
        "memory_mb": 1,
        "rank": 1,
        "options": {"model": "{folder}"},
        "files": tuple(
            File(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
            for name, content in CONTENT.items()
        ),
    }
    return Model(**(facts | changes))  # type: ignore[arg-type]


@dataclass
class MirrorServer:
    """`breaks_at`: after so many bytes of the big file the connection ends, once for each entry."""

    breaks_at: list[int] = field(default_factory=list)
    knows_ranges: bool = True
    damaged: bool = False
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        wanted = request.headers.get("Range", "")
        self.asked.append((name, wanted))
        if self.status != 200:
            return web.Response(status=self.status)
        content = CONTENT[name][::-1] if self.damaged else CONTENT[name]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.knows_ranges else 0
        response = web.StreamResponse(status=206 if start else 200)
        response.content_length = len(content) - start
        await response.prepare(request)
        if self.breaks_at and name == "model.bin":
            await response.write(content[start : start + self.breaks_at.pop(0)])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(content[start:])
        return response


@asynccontextmanager
async def mirror_server(**how: object) -> AsyncIterator[MirrorServer]:
    server = MirrorServer(**how)  # type: ignore[arg-type]
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
