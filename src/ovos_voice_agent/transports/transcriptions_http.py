"""`POST /v1/audio/transcriptions`, `/translations` and their relatives: a recording in, its words out.

Azure's clients name the model in the path; OVOS's send the recording as the body of `POST /stt` and want plain text.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from ovos_voice_agent.engines.interface import EngineInfo, SttOptions
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import rest_transcripts as written
from ovos_voice_agent.protocol.languages import language_code
from ovos_voice_agent.protocol.rest_schemas import form_schema
from ovos_voice_agent.protocol.rest_transcription import (
    FORM,
    SUBTITLES,
    TRANSLATION_FORM,
    FormFields,
    TranscriptionRequest,
    read_transcription_request,
    read_translation_request,
)
from ovos_voice_agent.protocol.rest_transcripts import SpokenSegment, Transcription
from ovos_voice_agent.protocol.validation import missing
from ovos_voice_agent.runtime.cutting import Cutting, Pauses, Whole
from ovos_voice_agent.runtime.service import Service, checked_model
from ovos_voice_agent.runtime.transcription import (
    Ended,
    PartlyRecognised,
    Recognised,
    TranscriptionOrder,
    transcription,
)
from ovos_voice_agent.transports.answering import EVENT_STREAM, attended, event, streamed, told
from ovos_voice_agent.transports.metering import Meter
from ovos_voice_agent.transports.transcripts import segment_of
from ovos_voice_agent.transports.uploads import Form, Uploads

_READ = {False: read_transcription_request, True: read_translation_request}
_FORMS = {False: form_schema(FORM, ("file", "model")), True: form_schema(TRANSLATION_FORM, ("file", "model"))}
_RECORDING = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The words, in the format asked for.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/plain": {"schema": {"type": "string"}},
            "text/event-stream": {},
        },
    }
}


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Of one recording. `longest_s` None: as long as fits into its bytes."""

    file_bytes: int = 25 * 1024 * 1024
    longest_s: float | None = None


def transcription_routes(service: Callable[[], Service], limits: UploadLimits) -> APIRouter:
    """`service` raises ClientError while the engines are loading."""
    router = APIRouter(tags=["audio"])
    desk = _Desk(service, limits)
    for name, translate in (("transcriptions", False), ("translations", True)):
        described: dict[str, Any] = {
            "methods": ["POST"],
            "responses": _ANSWERS,
            "openapi_extra": _FORMS[translate],
        }
        summary = "Translate a recording into English" if translate else "Transcribe a recording"
        endpoint, azure = desk.endpoint(translate=translate), desk.azure_endpoint(translate=translate)
        router.add_api_route(f"/v1/audio/{name}", endpoint, summary=summary, **described)
        path = f"/openai/deployments/{{model}}/audio/{name}"
        router.add_api_route(path, azure, summary=f"{summary} (Azure)", **described)
    router.add_api_route(
        "/stt",
        desk.plain,
        methods=["POST"],
        summary="Transcribe a recording (OVOS)",
        response_class=PlainTextResponse,
        openapi_extra=_RECORDING,
    )
    return router


class _Desk:
    """Takes recordings in."""

    def __init__(self, service: Callable[[], Service], limits: UploadLimits) -> None:
        self._service = service
        self._limits = limits
        self._uploads = Uploads(limits.file_bytes)

    def endpoint(self, *, translate: bool) -> Callable[..., Any]:
        async def transcribe(request: Request) -> Response:
            return await self._answer(request, translate=translate)

        return transcribe

    def azure_endpoint(self, *, translate: bool) -> Callable[..., Any]:
        async def transcribe_for_azure(request: Request, model: str) -> Response:
            return await self._answer(request, translate=translate, model=model)

        return transcribe_for_azure

    async def _answer(self, request: Request, *, translate: bool, model: str | None = None) -> Response:
        service = self._service()
        with ExitStack() as stack:
            form = await stack.enter_context(self._uploads.room(request)).form()
            wanted = _READ[translate](FormFields(form.fields), model=model)
            job = _Job(service, wanted, self._file(form), self._limits.longest_s, Meter(request))
            if wanted.stream:
                answer = await streamed(request, told(job.events()), EVENT_STREAM)
                answer.when_sent(stack.pop_all().close)
                return answer
            return job.written(await attended(request, job.all()))

    def _file(self, form: Form) -> io.BytesIO:
        if form.file is None:
            raise missing("file")
        return form.file

    async def plain(self, request: Request, lang: str = "") -> PlainTextResponse:
        """The words alone. `lang` is a language tag, `auto` or nothing."""
        service = self._service()
        with self._uploads.room(request) as room:
            file = await room.body()
            wanted = TranscriptionRequest(model="", language=None if lang == "auto" else language_code(lang))
            job = _Job(service, wanted, file, self._limits.longest_s, Meter(request))
            return PlainTextResponse((await attended(request, job.all())).text)


class _Job:
    """One recording and what is wanted of it. Raises ClientError for what the recogniser cannot do."""

    def __init__(
        self,
        service: Service,
        wanted: TranscriptionRequest,
        file: io.BytesIO,
        longest_s: float | None,
        meter: Meter,
    ) -> None:
        names = service.names.transcription_models
        model = checked_model(wanted.model, names) if wanted.model else None
        info = service.world.engines.stt.info
        _check_able(wanted, info)
        self._wanted = wanted
        self._meter = meter
        self._world = service.world
        self._known_language = wanted.language or (info.languages[0] if len(info.languages) == 1 else None)
        early = wanted.stream and not wanted.logprobs  # only the final words have them
        self._order = TranscriptionOrder(file, _options(wanted, model), _cutting(wanted), longest_s, early)

    async def all(self) -> Transcription:
        """Everything that was said."""
        found: list[SpokenSegment] = []
        async with aclosing(self._steps()) as steps:
            async for step in steps:
                if isinstance(step, Transcription):
                    return Transcription(found, step.duration_s, step.language)
                if isinstance(step, Recognised):
                    found.append(segment_of(step))
        raise AssertionError("a transcription ends")

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Server-sent events: words as soon as they are recognised."""
        found: list[SpokenSegment] = []
        logprobs, deltas = self._wanted.logprobs, written.Deltas()
        async with aclosing(self._steps()) as steps:
            async for step in steps:
                if isinstance(step, Transcription):
                    yield event(written.done(Transcription(found, step.duration_s), logprobs=logprobs))
                elif isinstance(step, Recognised):
                    segment = segment_of(step)
                    found.append(segment)
                    if text := deltas.rest(step.start_s, segment.text):
                        yield event(written.delta(text, written.logprob_entries(segment) if logprobs else None))
                elif text := deltas.more(step.start_s, step.text):
                    yield event(written.delta(text))

    async def _steps(self) -> AsyncGenerator[PartlyRecognised | Recognised | Transcription, None]:
        """What is recognised, and at last how long it all was."""
        language = self._known_language
        async with aclosing(transcription(self._world, self._order)) as progress:
            async for step in progress:
                if isinstance(step, Ended):
                    await self._meter.took(audio_ms=int(step.duration_s * 1000))
                    yield Transcription((), step.duration_s, language)
                else:
                    if isinstance(step, Recognised):
                        language = language or step.transcript.language
                    yield step

    def written(self, found: Transcription) -> Response:
        """The answer in the format asked for."""
        wanted = self._wanted
        if wanted.response_format in SUBTITLES:
            text = written.srt(found.segments) if wanted.response_format == "srt" else written.vtt(found.segments)
            return PlainTextResponse(text)
        if wanted.response_format == "text":
            return PlainTextResponse(f"{found.text}\n")
        if wanted.response_format == "verbose_json":
            temperature = wanted.temperature or 0.0
            body = written.verbose(
                found, task=wanted.task, words=wanted.words, segments=wanted.segments, temperature=temperature
            )
        else:
            body = written.plain(found, logprobs=wanted.logprobs)
        return Response(msgspec.json.encode(body), media_type="application/json")


def _check_able(wanted: TranscriptionRequest, info: EngineInfo) -> None:
    """Refuses in plain words what the configured recogniser does not tell."""
    lacks, param = "", ""
    if wanted.response_format == "diarized_json":
        lacks, param = "who speaks", "response_format"
    elif wanted.words and not info.word_times:
        lacks, param = "when each word is said", "timestamp_granularities"
    elif wanted.logprobs and not info.confidence:
        lacks, param = "how sure it is", "include"
    if lacks:
        message = f"The recogniser of this server ({info.name}) does not tell {lacks}."
        raise ClientError(message, code="invalid_value", param=param)


def _options(wanted: TranscriptionRequest, model: str | None) -> SttOptions:
    return SttOptions(
        model=model,
        language=wanted.language,
        prompt=wanted.prompt,
        keywords=wanted.keywords,
        temperature=wanted.temperature,
        translate=wanted.task == "translate",
        word_times=wanted.words,
        logprobs=wanted.logprobs,
    )


def _cutting(wanted: TranscriptionRequest) -> Cutting:
    """Where times or a stream of words are wanted, or the client says so, each utterance stands for itself."""
    if wanted.chunking is not None:
        own = wanted.chunking
        return Pauses(own.threshold, own.prefix_padding_ms, own.silence_duration_ms)
    utterances = wanted.stream or wanted.segments or wanted.response_format in SUBTITLES
    return Pauses() if utterances else Whole()
