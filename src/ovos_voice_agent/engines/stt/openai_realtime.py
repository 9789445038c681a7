"""The recogniser as a realtime transcription server: OpenAI, sglang, another of our own; and vLLM, in its own dialect.

Each utterance is a WebSocket of its own, opened when the person begins to speak, and gets the audio as it comes, so
that words appear while they are said. Turns are ours: the server's own detection is switched off.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from ovos_voice_agent.engines.http import (
    RetryableError,
    ServerOptions,
    read_server_options,
    with_one_retry,
)
from ovos_voice_agent.engines.http_engine import HttpEngine
from ovos_voice_agent.engines.http_stream import stream_error
from ovos_voice_agent.engines.interface import EngineInfo, Partial, SttOptions, Transcript
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.stt.realtime_wires import STAGE, WIRES, Result, Wire
from ovos_voice_agent.errors import EngineError

SHORTEST_BYTES = 3_200
"""A tenth of a second: servers refuse to commit less, and nobody says a word in it."""
LIMIT_BYTES = 32_000 * 60 * 15
"""An utterance of a quarter of an hour, which is kept in case that it must be sent once more."""


@dataclass(frozen=True, slots=True)
class RealtimeSttOptions:
    """`[engines.stt]` with `name = "openai-realtime"`. `language` and `prompt` hold where a session asks for none."""

    server: ServerOptions
    dialect: str = "openai"
    language: str = ""
    prompt: str = ""


def create(options: Mapping[str, Any]) -> RealtimeStt:
    """The engine's factory. Raises ConfigError naming every wrong option."""
    reader = OptionReader(options)
    settings = RealtimeSttOptions(
        server=read_server_options(reader),
        dialect=reader.text("dialect", "openai"),
        language=reader.text("language"),
        prompt=reader.text("prompt"),
    )
    if settings.dialect not in WIRES:
        reader.problems.append("dialect must be " + " or ".join(WIRES))
    reader.finish()
    return RealtimeStt(settings)


class RealtimeStt(HttpEngine):
    """Implements `Stt`."""

    def __init__(self, options: RealtimeSttOptions) -> None:
        super().__init__(options.server, STAGE)
        self.options = options

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            kind="stt",
            name="openai-realtime",
            quality=f"{self.quality}, words as they are said",
            local=self.server.local,
            private=self.server.private,
            confidence=self.options.dialect == "openai",
            prompts=self.options.dialect == "openai",
            key_terms=self.options.dialect == "openai",
            models=(self.server.model,),
        )

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> RealtimeSttStream:
        """Begin an utterance; the connection is made in the background."""
        return RealtimeSttStream(self, options, on_partial)


class RealtimeSttStream:
    """One utterance. `_heard` is all of its audio; each attempt sends it from the beginning."""

    def __init__(self, engine: RealtimeStt, options: SttOptions, on_partial: Callable[[Partial], None]) -> None:
        self._engine = engine
        self._options = options
        self._on_partial = on_partial
        self._heard = bytearray()
        self._too_long = False
        self._ended = False
        self._more = asyncio.Event()
        self._work = asyncio.ensure_future(self._recognise())
        self._work.add_done_callback(_looked_at)

    @property
    def memory(self) -> None:
        """Nothing is carried to the next utterance."""
        return

    def feed(self, pcm: bytes) -> None:
        self._too_long = self._too_long or len(self._heard) + len(pcm) > LIMIT_BYTES
        if not self._too_long and not self._work.done():
            self._heard += pcm
            self._more.set()

    async def finish(self) -> Transcript:
        """Tell the server that this was all, and wait for its transcript."""
        if self._too_long:
            self.cancel()
            message = "The utterance is too long for the speech recognition server."
            raise EngineError(message, code="audio_unintelligible")
        if len(self._heard) < SHORTEST_BYTES:
            self.cancel()
            return Transcript("")
        self._ended = True
        self._more.set()
        limit_s = self._engine.server.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._work
        except TimeoutError:
            raise self._engine.backend.timeout_error("answer") from None
        except asyncio.CancelledError:
            self.cancel()
            raise

    def cancel(self) -> None:
        self._work.cancel()

    # --------------------------------------------------------------------------------------------------- the connection

    async def _recognise(self) -> Transcript:
        async with aclosing(with_one_retry(self._attempt)) as results:
            async for result in results:
                return result
        raise self._engine.backend.garbage_error("nothing")

    async def _attempt(self) -> AsyncGenerator[Transcript, None]:
        """One connection: everything heard so far is sent, then what comes, until the transcript is there."""
        wire = self._wire()
        async with self._engine.backend.socket(wire.path, wire.query) as socket:
            sending = asyncio.ensure_future(self._send(socket, wire))
            try:
                yield await self._read(socket, wire)
            finally:
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await sending

    def _wire(self) -> Wire:
        settings, options = self._engine.options, self._options
        prompt = " ".join(filter(None, (options.prompt or settings.prompt, ", ".join(options.keywords))))
        return WIRES[settings.dialect](
            model=options.model or settings.server.model,
            language=options.language or settings.language,
            prompt=prompt,
            logprobs=options.logprobs,
        )

    async def _send(self, socket: aiohttp.ClientWebSocketResponse, wire: Wire) -> None:
        for event in wire.opening():
            await _send_text(socket, event)
        sent = 0
        while True:
            self._more.clear()
            ended, piece = self._ended, bytes(self._heard[sent:])
            sent += len(piece)
            for event in wire.audio(piece, last=ended):
                await _send_text(socket, event)
            if ended:
                return
            await self._more.wait()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, wire: Wire) -> Transcript:
        """Events until the transcript. Raises RetryableError when the connection ends before any word came."""
        result = Result()
        async for message in socket:
            event = _event(message)
            if event is None:
                raise self._engine.backend.garbage_error("something that is no JSON object")
            if event.get("type") == "error":
                raise stream_error(event, STAGE)
            if wire.read(event, result):
                return result.transcript(event)
            if result.changed and self._options.partials:
                self._on_partial(Partial(stable=result.text))
        broken = EngineError("The speech recognition server broke the connection.", code="model_unavailable")
        raise broken if result.text else RetryableError(broken)


async def _send_text(socket: aiohttp.ClientWebSocketResponse, event: Mapping[str, Any]) -> None:
    await socket.send_str(msgspec.json.encode(event).decode())


def _event(message: aiohttp.WSMessage) -> dict[str, Any] | None:
    """A frame's JSON object, or None for anything else."""
    try:
        event = msgspec.json.decode(message.data)
    except (msgspec.DecodeError, TypeError):
        return None
    return event if isinstance(event, dict) else None


def _looked_at(work: asyncio.Future[Transcript]) -> None:
    """A failure nobody waits for, of an utterance that was dropped, is none."""
    if not work.cancelled():
        work.exception()
