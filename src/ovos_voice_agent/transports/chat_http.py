"""`POST /v1/chat/completions`: the configured mind, as text or speaking, at once or as it thinks (protocol.md 2.15)."""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.encoders import new_encoder
from ovos_voice_agent.audio.format import PCM_RATE_HZ
from ovos_voice_agent.core.commands import StartReply
from ovos_voice_agent.core.engine_events import ReplyAudio, ReplyCall, ReplyFinished, ReplyText
from ovos_voice_agent.protocol.rest_chat import CHAT_REQUEST, ChatRequest, read_chat_request
from ovos_voice_agent.protocol.rest_completions import Answer, Completion
from ovos_voice_agent.protocol.rest_schemas import body_schema
from ovos_voice_agent.runtime.chat import chat, order_of
from ovos_voice_agent.runtime.service import Service, checked_model
from ovos_voice_agent.transports.answering import DONE_MARK, EVENT_STREAM, attended, event, streamed, told
from ovos_voice_agent.transports.bodies import json_object
from ovos_voice_agent.transports.metering import Meter

AUDIO_KEPT = 1000
AUDIO_KEPT_S = 3600
"""So many answers can be referred to by the id of their audio, and for so long: what was said, not the sound."""

_EXAMPLE = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Good morning."}]}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer, or its chunks as they are made.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": {},
        },
    }
}


def chat_routes(service: Callable[[], Service], body_bytes: int) -> APIRouter:
    """`service` raises ClientError while the engines are loading; a body may have `body_bytes`."""
    router = APIRouter(tags=["chat"])
    said = _Said()
    described: dict[str, Any] = {"responses": _ANSWERS, "openapi_extra": body_schema(CHAT_REQUEST, _EXAMPLE)}

    @router.post("/v1/chat/completions", summary="Answer in a chat", **described)
    async def complete(request: Request) -> Response:
        body = await json_object(request, body_bytes)
        return await _completed(request, service(), said, read_chat_request(body))

    @router.post("/openai/deployments/{model}/chat/completions", summary="Answer in a chat (Azure)", **described)
    async def complete_for_azure(request: Request, model: str) -> Response:
        body = await json_object(request, body_bytes)
        return await _completed(request, service(), said, read_chat_request(body, model=model))

    return router


class _Said:
    """What was said in answers with audio, by the id of the audio."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def keep(self, audio_id: str, text: str, now: float) -> None:
        self._texts[audio_id] = (now + AUDIO_KEPT_S, text)
        while len(self._texts) > AUDIO_KEPT:
            self._texts.popitem(last=False)

    def text(self, audio_id: str, now: float) -> str | None:
        until, text = self._texts.get(audio_id, (0.0, ""))
        return text if now < until else None


async def _completed(request: Request, service: Service, said: _Said, wanted: ChatRequest) -> Response:
    checked_model(wanted.model, service.names.chat_models)
    service = service.of(wanted.model)
    if wanted.audio is not None:
        service.voice(wanted.audio.voice, "audio.voice")
    conversation = _Conversation(service, wanted, said, Meter(request))
    if wanted.stream:
        return await streamed(request, told(conversation.chunks()), EVENT_STREAM)
    body = await attended(request, conversation.whole())
    return Response(msgspec.json.encode(body), media_type="application/json")


class _Conversation:
    """One request, from its messages to the end of the answer."""

    def __init__(self, service: Service, wanted: ChatRequest, said: _Said, meter: Meter) -> None:
        self._service = service
        self._wanted = wanted
        self._said = said
        self._meter = meter
        self._now = service.world.today().timestamp()
        new_id = service.world.new_id
        self._completion = Completion(
            id=new_id("chatcmpl").replace("_", "-", 1),
            model=wanted.model,
            created=int(self._now),
            audio_id=new_id("audio") if wanted.audio else "",
            audio_expires_at=int(self._now) + AUDIO_KEPT_S,
        )
        self._answer = Answer()

    async def whole(self) -> dict[str, Any]:
        """The body of an answer that is given at once."""
        async with aclosing(self._reports()) as reports:
            async for _ in reports:
                pass
        sound = await self._file() if self._wanted.audio else None
        return self._completion.body(self._answer, sound)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The answer as server-sent events; none before the model has begun, for until then it may fail properly."""
        completion, answer = self._completion, self._answer
        begun = False
        async with aclosing(self._reports()) as reports:
            async for report in reports:
                if not begun:
                    begun = True
                    yield event(completion.first_chunk())
                if not isinstance(report, ReplyFinished):
                    yield event(completion.chunk(self._delta(report)))
        if self._wanted.audio:
            yield event(completion.audio_end())
        yield event(completion.chunk({}, answer.finish_reason))
        if self._wanted.include_usage:
            yield event(completion.usage_chunk(answer))
        yield DONE_MARK

    def _delta(self, report: ReplyText | ReplyAudio | ReplyCall) -> dict[str, Any]:
        completion = self._completion
        if isinstance(report, ReplyAudio):
            return completion.audio_delta({"data": base64.b64encode(report.audio).decode()})
        if isinstance(report, ReplyCall):
            return completion.call_delta(report.arguments, len(self._answer.calls) - 1, report.call_id, report.name)
        if self._wanted.audio:
            return completion.audio_delta({"transcript": report.text})
        return {"content": report.text}

    async def _reports(self) -> AsyncGenerator[ReplyText | ReplyAudio | ReplyCall | ReplyFinished, None]:
        """What is reported of the answer, each taken into it before it is handed on."""
        command, self._answer.heard_ms = await self._order()
        try:
            async with aclosing(chat(self._service.world, command)) as reports:
                async for report in reports:
                    self._take(report)
                    yield report
            if self._completion.audio_id:
                self._said.keep(self._completion.audio_id, self._answer.text, self._now)
        finally:
            answer = self._answer
            await self._meter.took(tokens=answer.total_tokens, audio_ms=answer.heard_ms + answer.spoken_ms)

    async def _order(self) -> tuple[StartReply, int]:
        return await order_of(self._service, self._wanted, lambda audio_id: self._said.text(audio_id, self._now))

    def _take(self, report: ReplyText | ReplyAudio | ReplyCall | ReplyFinished) -> None:
        answer = self._answer
        if isinstance(report, ReplyText):
            answer.text += report.text
        elif isinstance(report, ReplyAudio):
            answer.take_audio(report.audio, keep=not self._wanted.stream)
        elif isinstance(report, ReplyCall):
            answer.take_call(report.call_id, report.name, report.arguments)
        else:
            usage = report.usage
            answer.reason = report.reason
            answer.input_tokens, answer.output_tokens = usage.input_tokens, usage.output_tokens
            answer.cached_tokens = usage.cached_tokens

    async def _file(self) -> bytes:
        """The whole answer's audio in the format asked for."""
        assert self._wanted.audio is not None
        return await asyncio.to_thread(_encoded, bytes(self._answer.pcm), self._wanted.audio.format)


def _encoded(data: bytes, format: str) -> bytes:
    encoder = new_encoder("pcm" if format == "pcm16" else format, PCM_RATE_HZ)  # type: ignore[arg-type]
    return encoder.push(pcm.float_of_bytes(data)) + encoder.finish()
