"""A bare WebSocket to a server of its own, for what clients do that the SDK does not: any dialect, any frame."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from ovos_voice_agent.app import Running, running
from tests.end_to_end.talking import APPEND_BYTES, LIMIT_S, Fakes, configured
from tests.recordings import silence_24k, speech_24k

PATHS = {
    "ga": "/v1/realtime?model=gpt-realtime",
    "beta": "/v1/realtime?model=gpt-4o-realtime-preview&dialect=beta",
    "azure-ga": "/openai/v1/realtime?model=gpt-realtime",
    "azure-preview": "/openai/realtime?api-version=2024-10-01-preview&deployment=gpt-4o-realtime-preview",
}

Event = dict[str, Any]


class Line:
    """One connection. `events` are all that came, `sizes` their frames' lengths in bytes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self.sizes: list[int] = []

    async def send(self, type: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def next(self) -> Event:
        frame = await self.socket.recv()
        self.sizes.append(len(frame))
        event: Event = json.loads(frame)
        self.events.append(event)
        return event

    async def until(self, *types: str) -> Event:
        """The next event of one of these types; what lies between stays in `events`."""
        while (event := await self.next())["type"] not in types:
            pass
        return event

    async def write(self, text: str, **fields: Any) -> None:
        content = [{"type": "input_text", "text": text}]
        await self.send(
            "conversation.item.create", item={"type": "message", "role": "user", "content": content, **fields}
        )

    async def say(self, recording: str, silence_s: float = 1.0) -> None:
        sound = speech_24k(recording) + silence_24k(silence_s)
        for start in range(0, len(sound), APPEND_BYTES):
            audio = base64.b64encode(sound[start : start + APPEND_BYTES]).decode()
            await self.send("input_audio_buffer.append", audio=audio)

    def all(self, type: str) -> list[Event]:
        return [event for event in self.events if event["type"] == type]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@asynccontextmanager
async def line_to(server: Running, path: str, **options: Any) -> AsyncIterator[Line]:
    async with connect(f"ws://127.0.0.1:{server.listener.port}{path}", **options) as socket:
        yield Line(socket)


Script = Callable[[Line], Awaitable[None]]


def play(
    script: Script, fakes: Fakes | None = None, dialect: str = "ga", path: str | None = None, **options: Any
) -> Line:
    """A script on a connection of its own, by its dialect or its whole path; `options` are those of the WebSocket."""
    lines: list[Line] = []

    async def run() -> None:
        engines = (fakes or Fakes()).by_stage
        async with running(configured(), engines) as server, line_to(server, path or PATHS[dialect], **options) as line:
            lines.append(line)
            await script(line)

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))
    return lines[0]
