"""A WebSocket server on loopback that follows a script: what it sends, and what it remembers of what it got."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Request, Response, ServerConnection, serve

Event = dict[str, Any]


@dataclass
class Stub:
    """What reached the server. `port` is known while it runs."""

    port: int = 0
    paths: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def of_type(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["type"] == kind]


Answer = Callable[[Event], list[Event]]


@asynccontextmanager
async def running(answer: Answer, *, key: str = "") -> AsyncIterator[Stub]:
    """Serve: greet with `session.created`, then send what `answer` returns for each event. A wrong key is a 401."""
    stub = Stub()

    async def converse(socket: ServerConnection) -> None:
        await socket.send(json.dumps({"type": "session.created", "session": {"id": "sess_1"}}))
        async for frame in socket:
            event = json.loads(frame)
            stub.events.append(event)
            stub.times_s.append(asyncio.get_running_loop().time())
            for reply in answer(event):
                await socket.send(json.dumps(reply))

    def check(socket: ServerConnection, request: Request) -> Response | None:
        stub.paths.append(request.path)
        stub.keys.append(request.headers.get("Authorization", ""))
        if key and stub.keys[-1] != f"Bearer {key}":
            return socket.respond(HTTPStatus.UNAUTHORIZED, '{"error": {"message": "Incorrect API key provided."}}')
        return None

    async with serve(converse, "127.0.0.1", 0, process_request=check) as server:
        stub.port = server.sockets[0].getsockname()[1]
        yield stub
