"""The recogniser as any server with OpenAI's `POST /audio/transcriptions`: speaches, whisper servers, OpenAI itself.

The utterance is kept until its end and sent as one WAV file. Where the server streams, its deltas become partials.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.engines.http import (
    RejectedRequestError,
    ServerOptions,
    read_server_options,
    with_one_retry,
)
from ovos_voice_agent.engines.http_engine import HttpEngine
from ovos_voice_agent.engines.http_stream import SseLines, decode_object, stream_error
from ovos_voice_agent.engines.interface import (
    ENGINE_RATE_HZ,
    EngineInfo,
    Partial,
    SttOptions,
    Transcript,
    Word,
)
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.errors import EngineError

_STAGE = "speech recognition"

SHORTEST_BYTES = 3_200
"""0.1 s: less has no words, and servers refuse it."""
LIMIT_BYTES = 24 * 1_000_000
"""Servers take files up to 25 MB: twelve minutes and a half at 16 kHz."""

_OPTIONAL_FIELDS = ("stream", "include", "temperature", "language", "prompt", "timestamp_granularities")


@dataclass(frozen=True, slots=True)
class SttHttpOptions:
    """`[engines.stt]` with `name = "openai"`. `language` and `prompt` hold where a session asks for none."""

    server: ServerOptions
    language: str = ""
    prompt: str = ""
    stream: bool = True


def create(options: Mapping[str, Any]) -> OpenAiStt:
    """Build the engine. Raises ConfigError naming every wrong option."""
    reader = OptionReader(options)
    settings = SttHttpOptions(
        server=read_server_options(reader),
        language=reader.text("language"),
        prompt=reader.text("prompt"),
        stream=reader.flag("stream", default=True),
    )
    reader.finish()
    return OpenAiStt(settings)


class OpenAiStt(HttpEngine):
    """A recogniser behind HTTP. Sessions share its connections; each utterance is one request."""

    def __init__(self, options: SttHttpOptions) -> None:
        super().__init__(options.server, _STAGE)
        self.options = options
        self.streams = options.stream  # False once the server has shown that it does not

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            kind="stt",
            name="openai",
            quality=self.quality,
            local=self.server.local,
            private=self.server.private,
            streaming=False,
            word_times=True,
            confidence=True,
            prompts=True,
            key_terms=True,
            models=(self.server.model,),
        )

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> OpenAiSttStream:
        return OpenAiSttStream(self, options, on_partial)


class OpenAiSttStream:
    """One utterance."""

    def __init__(self, engine: OpenAiStt, options: SttOptions, on_partial: Callable[[Partial], None]) -> None:
        self._engine = engine
        self._options = options
        self._on_partial = on_partial
        self._pcm = bytearray()
        self._too_long = False
        self._cancelled = False
        self._request: asyncio.Future[Transcript] | None = None

    @property
    def memory(self) -> None:
        """Nothing is carried to the next utterance."""
        return

    def feed(self, pcm: bytes) -> None:
        """Keep more of the utterance, up to what a server takes; beyond that `finish` fails."""
        if self._cancelled:
            return
        self._too_long = self._too_long or len(self._pcm) + len(pcm) > LIMIT_BYTES
        if not self._too_long:
            self._pcm += pcm

    async def finish(self) -> Transcript:
        """Send the utterance. After `cancel` it raises CancelledError."""
        if self._cancelled:
            raise asyncio.CancelledError
        if self._too_long:
            raise EngineError(
                "The utterance is too long for the speech recognition server.", code="audio_unintelligible"
            )
        if len(self._pcm) < SHORTEST_BYTES:
            return Transcript("")
        self._request = asyncio.ensure_future(self._transcribe())
        try:
            return await self._request
        except asyncio.CancelledError:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Drop the utterance and close its request."""
        self._cancelled = True
        self._pcm.clear()
        if self._request is not None:
            self._request.cancel()

    async def _transcribe(self) -> Transcript:
        limit_s = self._engine.server.timeout_s
        try:
            async with asyncio.timeout(limit_s), aclosing(with_one_retry(self._attempt)) as results:
                async for transcript in results:
                    return transcript
        except TimeoutError:
            raise self._engine.backend.timeout_error("answer") from None
        raise self._engine.backend.garbage_error("nothing")

    async def _attempt(self) -> AsyncGenerator[Transcript, None]:
        """One attempt, repeated without each optional field that the server rejects by name."""
        backend = self._engine.backend
        path = "/audio/translations" if self._options.translate else "/audio/transcriptions"
        while True:
            fields = self._fields()
            try:
                async with backend.post(path, partial(self._arguments, fields)) as response:
                    yield await self._read(response, streamed="stream" in fields)
                return
            except RejectedRequestError as error:
                if not backend.rejects(error, _OPTIONAL_FIELDS, {name.removesuffix("[]") for name in fields}):
                    raise

    def _fields(self) -> dict[str, str]:
        options, engine = self._options, self._engine
        prompt = " ".join(filter(None, (options.prompt or engine.options.prompt, ", ".join(options.keywords))))
        fields = {
            "model": options.model or engine.options.server.model,
            "response_format": "verbose_json" if options.word_times else "json",
            "language": "" if options.translate else (options.language or engine.options.language),
            "prompt": prompt,
            "temperature": "" if options.temperature is None else f"{options.temperature:g}",
            "include[]": "logprobs" if options.logprobs else "",
            "timestamp_granularities[]": "word" if options.word_times else "",
            "stream": "true" if options.partials and engine.streams and not options.word_times else "",
        }
        fields |= {name: str(value) for name, value in engine.options.server.extra_body.items()}
        rejected = engine.backend.rejected_fields
        return {name: value for name, value in fields.items() if value and name.removesuffix("[]") not in rejected}

    def _arguments(self, fields: Mapping[str, str]) -> dict[str, Any]:
        return {"data": self._form(fields)}

    def _form(self, fields: Mapping[str, str]) -> aiohttp.FormData:
        form = aiohttp.FormData()
        # A file object, not bytes: the HTTP library reads it in pieces and so never holds up the event loop.
        wav = io.BytesIO(wav_bytes(bytes(self._pcm), ENGINE_RATE_HZ))
        form.add_field("file", wav, filename="utterance.wav", content_type="audio/wav")
        for name, value in fields.items():
            form.add_field(name, value)
        return form

    async def _read(self, response: aiohttp.ClientResponse, *, streamed: bool) -> Transcript:
        if response.content_type == "text/event-stream":
            async with aclosing(_payloads(response)) as payloads:
                return await self._read_events(payloads)
        if streamed:
            self._engine.streams = False
        body = await response.read()
        payload = decode_object(body)
        if payload is None and response.content_type == "text/plain":
            return Transcript(self._plain(body))
        if payload is None or not isinstance(payload.get("text"), str):
            raise self._engine.backend.garbage_error("no transcript")
        return _transcript(payload)

    def _plain(self, body: bytes) -> str:
        """The transcript of a server that answers in plain text; broken JSON and pages of a proxy are no words."""
        text = body.decode("utf-8", "replace").strip()
        if text.startswith(("{", "<")):
            raise self._engine.backend.garbage_error("no transcript")
        return text

    async def _read_events(self, payloads: AsyncIterator[bytes]) -> Transcript:
        """Deltas as partials, and the text at the end. A stream of bare `text` objects counts as deltas too."""
        heard = ""
        async for data in payloads:
            payload = decode_object(data)
            if payload is None:
                raise self._engine.backend.garbage_error("something that is no JSON object")
            if payload.get("error"):
                raise stream_error(payload, _STAGE)
            kind = payload.get("type", "")
            if kind == "transcript.text.done":
                return _transcript(payload)
            if piece := payload.get("delta") or (payload.get("text") if not kind else ""):
                heard += piece if not kind.endswith("segment") else ""
                self._tell(heard)
        return Transcript(heard.strip())

    def _tell(self, heard: str) -> None:
        if not self._cancelled and self._options.partials:
            self._on_partial(Partial(stable=heard))


async def _payloads(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    lines = SseLines()
    while data := await response.content.readany():
        for payload in lines.push(data):
            if payload == b"[DONE]":
                return
            yield payload
    for payload in lines.finish():
        yield payload


def _transcript(payload: Mapping[str, Any]) -> Transcript:
    text = payload.get("text")
    language = payload.get("language")
    return Transcript(
        text=text.strip() if isinstance(text, str) else "",
        language=language if isinstance(language, str) else None,
        words=tuple(_words(payload.get("words"))),
        logprobs=tuple(_logprobs(payload.get("logprobs"))),
    )


def _words(words: Any) -> list[Word]:
    try:
        return [Word(str(w["word"]), float(w["start"]), float(w["end"])) for w in words or ()]
    except (KeyError, TypeError, ValueError):
        return []


def _logprobs(logprobs: Any) -> list[tuple[str, float]]:
    try:
        return [(str(one["token"]), float(one["logprob"])) for one in logprobs or ()]
    except (KeyError, TypeError, ValueError):
        return []
