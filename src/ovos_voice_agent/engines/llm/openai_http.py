"""The mind as any server with OpenAI's `POST /chat/completions`: Ollama, llama.cpp, vLLM, OpenAI itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from ovos_voice_agent.engines.http import (
    SILENCE_TIMEOUT_S,
    RejectedRequestError,
    RetryableError,
    ServerOptions,
    drain,
    read_server_options,
    with_one_retry,
)
from ovos_voice_agent.engines.http_engine import HttpEngine
from ovos_voice_agent.engines.http_stream import SseLines, decode_object, stream_error
from ovos_voice_agent.engines.interface import EngineInfo, LlmEvent, Prompt
from ovos_voice_agent.engines.llm.chat_request import OPTIONAL_FIELDS, request_body
from ovos_voice_agent.engines.llm.chat_stream import ChatStream
from ovos_voice_agent.engines.options import OptionReader

_STAGE = "language model"
_END = b"[DONE]"

AFTER_FINISH_S = 0.5
"""Wait for usage and the end mark after `finish_reason`; a server that sends neither must not hold the reply."""


@dataclass(frozen=True, slots=True)
class LlmHttpOptions:
    """`[engines.llm]` with `name = "openai"`. Limits are per reply; `vision` says that the model takes images."""

    server: ServerOptions
    temperature: float | None = None
    max_tokens: int | None = None
    vision: bool = False


def create(options: Mapping[str, Any]) -> OpenAiLlm:
    """Build the engine. Raises ConfigError naming every wrong option."""
    reader = OptionReader(options)
    settings = LlmHttpOptions(
        server=read_server_options(reader),
        temperature=reader.maybe_number("temperature", 0, 2),
        max_tokens=reader.maybe_integer("max_tokens", 1, 1_000_000),
        vision=reader.flag("vision", default=False),
    )
    reader.finish()
    return OpenAiLlm(settings)


class OpenAiLlm(HttpEngine):
    """A language model behind HTTP. Sessions share its connections; each reply is one request."""

    def __init__(self, options: LlmHttpOptions) -> None:
        super().__init__(options.server, _STAGE)
        self._options = options

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            kind="llm",
            name="openai",
            quality=self.quality,
            local=self.server.local,
            private=self.server.private,
            vision=self._options.vision,
            tools=True,
            reasoning=True,
            models=(self.server.model,),
        )

    def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        """Stream the answer. Raises EngineError; closing the iterator closes the connection."""
        return with_one_retry(lambda: self._answer(prompt))

    async def _answer(self, prompt: Prompt) -> AsyncGenerator[LlmEvent, None]:
        """One attempt, repeated without each optional field that the server rejects by name."""
        while True:
            body = self._body(prompt)
            try:
                async with contextlib.aclosing(self._stream(body)) as events:
                    async for event in events:
                        yield event
                return
            except RejectedRequestError as error:
                if not self.backend.rejects(error, OPTIONAL_FIELDS, set(body)):
                    raise

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        options = self._options
        return request_body(
            prompt,
            model=prompt.model or options.server.model,
            temperature=options.temperature,
            max_tokens=options.max_tokens,
            vision=options.vision,
            extra=options.server.extra_body,
            left_out=self.backend.rejected_fields,
        )

    async def _stream(self, body: Mapping[str, Any]) -> AsyncGenerator[LlmEvent, None]:
        """One request. Raises RetryableError, RejectedRequestError, EngineError."""
        stream = ChatStream()
        ended = False
        async with contextlib.aclosing(self._payloads(body, stream)) as payloads:
            async for payload in payloads:
                ended = payload == _END
                for event in stream.finish() if ended else self._events(stream, payload):
                    yield event
        for event in () if ended else stream.finish():
            yield event

    def _events(self, stream: ChatStream, payload: bytes) -> list[LlmEvent]:
        chunk = decode_object(payload)
        if chunk is None:
            raise self.backend.garbage_error("something that is no JSON object")
        if chunk.get("error"):
            raise stream_error(chunk, _STAGE)
        return stream.push(chunk)

    async def _payloads(self, body: Mapping[str, Any], stream: ChatStream) -> AsyncGenerator[bytes, None]:
        """The JSON texts of an answer, and `[DONE]` where the server sends it."""
        deadline = asyncio.get_running_loop().time() + self.server.timeout_s
        async with contextlib.AsyncExitStack() as stack:
            response = await self._open(stack, body, deadline)
            if response.content_type == "application/json":  # a server that does not stream
                yield await self._whole(response, deadline)
                return
            async for payload in self._lines(response, deadline, stream):
                yield payload

    async def _open(
        self, stack: contextlib.AsyncExitStack, body: Mapping[str, Any], deadline: float
    ) -> aiohttp.ClientResponse:
        with self._time_limit_named("begin its answer"):
            async with asyncio.timeout_at(deadline):
                return await stack.enter_async_context(self.backend.post("/chat/completions", lambda: {"json": body}))

    async def _whole(self, response: aiohttp.ClientResponse, deadline: float) -> bytes:
        with self._time_limit_named("finish its answer"):
            async with asyncio.timeout_at(deadline):
                return await response.read()

    async def _lines(
        self, response: aiohttp.ClientResponse, deadline: float, stream: ChatStream
    ) -> AsyncGenerator[bytes, None]:
        """Payloads as they come. `deadline` (loop time) is for the first; comments do not count."""
        loop = asyncio.get_running_loop()
        lines = SseLines()
        begun = False
        while data := await self._more(response, deadline, stream, begun=begun):
            for payload in lines.push(data):
                if payload == _END:
                    try:
                        yield payload
                    finally:
                        await drain(response)
                    return
                begun = True
                deadline = loop.time() + SILENCE_TIMEOUT_S
                yield payload
            if stream.finish_reason:
                deadline = min(deadline, loop.time() + AFTER_FINISH_S)
        for payload in lines.finish():
            begun = True
            yield payload
        if not begun:
            raise RetryableError(self.backend.garbage_error("nothing"))

    async def _more(
        self, response: aiohttp.ClientResponse, deadline: float, stream: ChatStream, *, begun: bool
    ) -> bytes:
        """The next bytes; empty at the end, or when nothing follows a `finish_reason`."""
        with self._time_limit_named("go on with its answer" if begun else "begin its answer"):
            try:
                async with asyncio.timeout_at(deadline):
                    return await response.content.readany()
            except TimeoutError:
                if stream.finish_reason:
                    return b""
                raise

    @contextlib.contextmanager
    def _time_limit_named(self, what: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise self.backend.timeout_error(what) from None
