"""`POST /v1/audio/speech` and its relatives: text in, a file out while it is being spoken (protocol.md 2.10).

Azure's clients name the model in the path; OVOS's ask `GET /v2/synthesize` for a whole WAV.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request, Response

from ovos_voice_agent.audio.encoders import MEDIA_TYPES, new_encoder
from ovos_voice_agent.audio.format import PCM_RATE_HZ
from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.rest_schemas import body_schema
from ovos_voice_agent.protocol.rest_speech import (
    LONGEST_INPUT,
    SPEECH_REQUEST,
    SpeechDelta,
    SpeechDone,
    SpeechRequest,
    SpeechUsage,
    read_speech_request,
)
from ovos_voice_agent.protocol.validation import missing
from ovos_voice_agent.runtime.service import Service, checked_model
from ovos_voice_agent.runtime.speech import SpeechOrder, encoded, speech
from ovos_voice_agent.transports.answering import EVENT_STREAM, attended, event, streamed, told
from ovos_voice_agent.transports.bodies import json_object
from ovos_voice_agent.transports.metering import Meter

BODY_LIMIT_BYTES = 1024 * 1024
"""Of 4,096 characters and whatever keys clients add."""

_EXAMPLE = {"model": "tts-1", "voice": "alloy", "input": "Good morning.", "response_format": "wav"}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_SOUND = {**dict.fromkeys(MEDIA_TYPES.values(), _FILE), EVENT_STREAM: {}}
_WAV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The speech as a WAV file.", "content": {MEDIA_TYPES["wav"]: _FILE}}
}


def speech_routes(service: Callable[[], Service]) -> APIRouter:
    """`service` raises ClientError while the engines are loading."""
    router = APIRouter(tags=["audio"])
    described: dict[str, Any] = {
        "responses": {200: {"description": "The speech, as it is made.", "content": _SOUND}},
        "response_class": Response,
        "openapi_extra": body_schema(SPEECH_REQUEST, _EXAMPLE),
    }

    @router.post("/v1/audio/speech", summary="Speak a text", **described)
    async def speak(request: Request) -> Response:
        body = await json_object(request, BODY_LIMIT_BYTES)
        return await _spoken(request, service(), read_speech_request(body))

    @router.post("/openai/deployments/{model}/audio/speech", summary="Speak a text (Azure)", **described)
    async def speak_for_azure(request: Request, model: str) -> Response:
        body = await json_object(request, BODY_LIMIT_BYTES)
        return await _spoken(request, service(), read_speech_request({**body, "model": model}))

    @router.get("/v2/synthesize", summary="Speak a text (OVOS)", response_class=Response, responses=_WAV)
    async def synthesize(request: Request, utterance: str = "", lang: str = "", voice: str = "") -> Response:
        return await _whole_wav(request, service(), utterance, lang, voice)

    return router


async def _spoken(request: Request, service: Service, wanted: SpeechRequest) -> Response:
    checked_model(wanted.model, service.names.speech_models)
    service, voice = service.speaker(wanted.voice)
    order = SpeechOrder(
        text=wanted.input,
        voice=service.voice(voice),
        speed=wanted.speed,
        language=wanted.language,
        instructions=wanted.instructions,
        rate_hz=wanted.rate_hz,
    )
    encoder = await asyncio.to_thread(new_encoder, wanted.response_format, order.rate_hz)
    counted = _Counted(order, Meter(request))
    file = encoded(counted.pieces(service), encoder)
    if wanted.stream_format == "sse":
        return await streamed(request, told(_events(file, counted)), EVENT_STREAM)
    return await streamed(request, file, MEDIA_TYPES[wanted.response_format])


class _Counted:
    """Counts the speech of one request, and writes it down at its end, whatever that was."""

    def __init__(self, order: SpeechOrder, meter: Meter) -> None:
        self._order = order
        self._meter = meter
        self._pcm_bytes = 0

    @property
    def usage(self) -> SpeechUsage:
        heard, spoken = self._order.tokens, self._order.spoken_tokens(self._pcm_bytes)
        return SpeechUsage(heard, spoken, heard + spoken)

    async def pieces(self, service: Service) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(speech(service.world, self._order)) as pieces:
                async for piece in pieces:
                    self._pcm_bytes += len(piece)
                    service.world.metrics.audio_out.inc(len(piece))
                    yield piece
        finally:
            seconds = self._pcm_bytes / 2 / self._order.rate_hz
            await self._meter.took(audio_ms=int(seconds * 1000))


async def _events(file: AsyncGenerator[bytes, None], counted: _Counted) -> AsyncGenerator[bytes, None]:
    async with aclosing(file):
        async for piece in file:
            yield event(SpeechDelta(base64.b64encode(piece).decode()))
    yield event(SpeechDone(counted.usage))


async def _whole_wav(request: Request, service: Service, text: str, language: str, voice: str) -> Response:
    """OVOS's plugin keeps what it gets as a file, so its header must tell the truth."""
    if not text:
        raise missing("utterance")
    if len(text) > LONGEST_INPUT:
        message = f"Invalid 'utterance': string too long. Expected a string with maximum length {LONGEST_INPUT}."
        raise ClientError(message, code="string_above_max_length", param="utterance")
    service, voice = service.speaker(voice)
    own = service.voice(voice) if voice not in ("", "default") else service.default_voice
    counted = _Counted(SpeechOrder(text, own, language=language or None), Meter(request))
    pcm = await attended(request, _joined(counted.pieces(service)))
    return Response(wav_bytes(pcm, PCM_RATE_HZ), media_type=MEDIA_TYPES["wav"])


async def _joined(pieces: AsyncGenerator[bytes, None]) -> bytes:
    whole = bytearray()
    async with aclosing(pieces):
        async for piece in pieces:
            whole += piece
    return bytes(whole)
