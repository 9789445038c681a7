"""The voice as any server with OpenAI's `POST /audio/speech`: speaches, Kokoro servers, OpenAI itself.

Speech is handed on as it arrives, in pieces of at most 100 ms. Raw samples are taken to have the rate `rate_hz`; a WAV
answer says its own rate and is brought to `rate_hz`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any

from ovos_voice_agent.engines.http import (
    SILENCE_TIMEOUT_S,
    RejectedRequestError,
    RetryableError,
    ServerOptions,
    read_server_options,
    with_one_retry,
)
from ovos_voice_agent.engines.http_engine import HttpEngine
from ovos_voice_agent.engines.interface import EngineInfo, Speech, TtsOptions, Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.tts.speech_decoder import SpeechDecoder, unreadable_error

_STAGE = "speech synthesis"
_OPTIONAL_FIELDS = ("instructions", "speed", "response_format", "stream_format")
_OPENAI_VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
_COMPRESSED_TYPES = frozenset({"audio/mpeg", "audio/ogg", "audio/opus", "audio/flac", "audio/aac", "application/json"})


@dataclass(frozen=True, slots=True)
class TtsHttpOptions:
    """`[engines.tts]` with `name = "openai"`. `voices` maps our names to the server's; `speed` multiplies theirs."""

    server: ServerOptions
    voices: Mapping[str, str] = field(default_factory=dict)
    speed: float = 1.0
    rate_hz: int = 24_000
    container: str = "pcm"


def create(options: Mapping[str, Any]) -> OpenAiTts:
    """Build the engine. Raises ConfigError naming every wrong option."""
    reader = OptionReader(options)
    container = reader.text("response_format", "pcm")
    if container not in {"pcm", "wav"}:
        reader.problems.append("response_format must be pcm or wav")
    settings = TtsHttpOptions(
        server=read_server_options(reader),
        voices=reader.text_table("voices"),
        speed=reader.number("speed", 1.0, 0.25, 4.0),
        rate_hz=reader.maybe_integer("rate_hz", 8_000, 48_000) or 24_000,
        container=container,
    )
    reader.finish()
    return OpenAiTts(settings)


class OpenAiTts(HttpEngine):
    """A voice behind HTTP. Sessions share its connections; each phrase is one request."""

    def __init__(self, options: TtsHttpOptions) -> None:
        super().__init__(options.server, _STAGE)
        self._options = options

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            kind="tts",
            name="openai",
            quality=self.quality,
            local=self.server.local,
            private=self.server.private,
            models=(self.server.model,),
        )

    @property
    def rate_hz(self) -> int:
        return self._options.rate_hz

    @property
    def voices(self) -> tuple[Voice, ...]:
        return tuple(Voice(name) for name in self._options.voices or _OPENAI_VOICES)

    def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        """Stream one phrase. Raises EngineError; closing the iterator closes the connection."""
        return with_one_retry(lambda: self._phrase(text, options))

    async def _phrase(self, text: str, options: TtsOptions) -> AsyncGenerator[Speech, None]:
        """One attempt, repeated without each optional field that the server rejects by name."""
        if not any(map(str.isalnum, text)):
            return
        while True:
            body = self._body(text, options)
            try:
                async with aclosing(self._stream(body)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except RejectedRequestError as error:
                if not self.backend.rejects(error, _OPTIONAL_FIELDS, set(body)):
                    raise

    def _body(self, text: str, options: TtsOptions) -> dict[str, Any]:
        server = self.server
        speed = min(4.0, max(0.25, options.speed * self._options.speed))
        body: dict[str, Any] = {
            "model": server.model,
            "input": text,
            "voice": self._options.voices.get(options.voice, options.voice),
            "response_format": self._options.container,
        }
        if speed != 1.0:
            body["speed"] = round(speed, 3)
        if options.instructions:
            body["instructions"] = options.instructions
        body |= server.extra_body
        return {name: value for name, value in body.items() if name not in self.backend.rejected_fields}

    async def _stream(self, body: Mapping[str, Any]) -> AsyncGenerator[Speech, None]:
        """One request. Raises RetryableError, RejectedRequestError, EngineError."""
        deadline = asyncio.get_running_loop().time() + self.server.timeout_s
        decoder = SpeechDecoder(self._options.rate_hz)
        spoken = False
        async with AsyncExitStack() as stack:
            response = await self._within(
                deadline, stack.enter_async_context(self.backend.post("/audio/speech", lambda: {"json": body}))
            )
            _check_type(response.content_type)
            while data := await self._within(deadline, response.content.readany()):
                for piece in decoder.push(data):
                    spoken = True
                    yield Speech(piece)
                deadline = asyncio.get_running_loop().time() + SILENCE_TIMEOUT_S
        for piece in decoder.finish():
            spoken = True
            yield Speech(piece)
        if not spoken:
            raise RetryableError(self.backend.garbage_error("no speech"))

    async def _within(self, deadline: float, work: Any) -> Any:
        """Await `work` until `deadline` (loop time)."""
        try:
            async with asyncio.timeout_at(deadline):
                return await work
        except TimeoutError:
            raise self.backend.timeout_error("speak") from None


def _check_type(content_type: str) -> None:
    if content_type in _COMPRESSED_TYPES:
        raise unreadable_error()
