"""A conversation through the official SDK: everything the server sends is checked against the SDK's types and kept."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.config import Config, load
from ovos_voice_agent.engines.interface import Engine
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts
from tests.end_to_end import strict
from tests.recordings import silence_24k, speech_24k

LIMIT_S = 60.0
"""No conversation of a test takes longer, on the slowest machine; it is no measure of anything."""
APPEND_BYTES = 4_800


class Talk:
    """One open session. `events` are all so far, as plain JSON objects."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.sdk = connection
        self.events: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        """The next event, checked."""
        raw = await self.sdk.recv_bytes()
        event: dict[str, Any] = json.loads(raw)
        strict.check_all([event])
        self.sdk.parse_event(raw)
        self.events.append(event)
        return event

    async def until(self, *types: str) -> dict[str, Any]:
        """The next event of one of these types."""
        while (event := await self.next())["type"] not in types:
            assert event["type"] != "error", event
        return event

    async def settings(self, **session: Any) -> dict[str, Any]:
        """Change settings; returns those in force."""
        await self.sdk.session.update(session={"type": "realtime", **session})  # type: ignore[typeddict-item]
        updated: dict[str, Any] = (await self.until("session.updated"))["session"]
        return updated

    async def write(self, text: str) -> None:
        """A message of the user, in words."""
        content = [{"type": "input_text", "text": text}]
        await self.sdk.conversation.item.create(item={"type": "message", "role": "user", "content": content})  # type: ignore[arg-type, list-item]

    async def say(self, recording: str, silence_s: float = 1.0) -> None:
        """A message of the user, in sound: a recording and the silence after it, as fast as it goes."""
        sound = speech_24k(recording) + silence_24k(silence_s)
        for start in range(0, len(sound), APPEND_BYTES):
            audio = base64.b64encode(sound[start : start + APPEND_BYTES]).decode()
            await self.sdk.input_audio_buffer.append(audio=audio)

    async def answer(self) -> dict[str, Any]:
        """The response that ends next."""
        done: dict[str, Any] = (await self.until("response.done"))["response"]
        return done

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def all(self, type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == type]


@asynccontextmanager
async def talking(server: Running, model: str = "gpt-realtime", **query: str) -> AsyncIterator[Talk]:
    """A session with the server; the first event was `session.created`."""
    client = AsyncOpenAI(base_url=server.url, api_key="none-needed", max_retries=0)
    async with client.realtime.connect(model=model, extra_query=dict(query)) as connection:
        talk = Talk(connection)
        assert (await talk.next())["type"] == "session.created"
        yield talk
    await client.close()


class Fakes:
    """One deterministic engine for each stage."""

    def __init__(
        self,
        vad: EnergyVad | None = None,
        stt: ScriptedStt | None = None,
        llm: ScriptedLlm | None = None,
        tts: ToneTts | None = None,
    ) -> None:
        self.vad = vad or EnergyVad()
        self.stt = stt or ScriptedStt()
        self.llm = llm or ScriptedLlm()
        self.tts = tts or ToneTts()

    @property
    def by_stage(self) -> Mapping[str, Engine]:
        return {"vad": self.vad, "stt": self.stt, "llm": self.llm, "tts": self.tts}

    @property
    def open_streams(self) -> int:
        return sum(engine.open_streams for engine in (self.vad, self.stt, self.llm, self.tts))


def configured(**server: Any) -> Config:
    """The default configuration with some settings of `[server]` changed."""
    config = load(None, {})
    return msgspec.structs.replace(config, server=msgspec.structs.replace(config.server, **server))


def conversation(
    script: Callable[[Talk], Awaitable[None]], fakes: Fakes | None = None, config: Config | None = None, **query: str
) -> None:
    """Play a script against a server of its own, with fakes or else with the configured engines. Afterwards nothing of
    the session may be left."""

    async def play() -> None:
        async with running(config or configured(), fakes.by_stage if fakes else None) as server:
            async with talking(server, **query) as talk:
                await script(talk)
            await server.application.hub.drain(LIMIT_S)
            assert len(server.application.hub) == 0
            assert fakes is None or fakes.open_streams == 0

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))
