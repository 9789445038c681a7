"""`GET /v1/audio/voices` and `/v1/audio/models`: what may be asked for, as front ends list it (protocol.md 2.1), and
what a voice sounds like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from ovos_voice_agent.engines.interface import EngineInfo, Voice
from ovos_voice_agent.runtime.samples import Samples
from ovos_voice_agent.runtime.service import Service

_WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}, "description": "A sentence."}}


def audio_list_routes(service: Callable[[], Service]) -> APIRouter:
    """`service` raises ClientError while the engines are loading."""
    router = APIRouter(prefix="/v1/audio", tags=["audio"])
    samples = Samples()

    @router.get("/voices", summary="List voices")
    async def voices() -> dict[str, Any]:
        """Every name that `voice` may be, with the language, gender and engine behind it. Voices of engines that
        personas bring have the persona's name before theirs."""
        found = service()
        listed = list(_voices(found, ""))
        for persona in found.own_voices:
            listed += _voices(found.personas[persona], f"{persona}/")
        return {"voices": listed}

    @router.get("/voices/{voice:path}/sample", summary="Hear a voice", response_class=Response, responses=_WAV)
    async def sample(voice: str) -> Response:
        """A sentence in the voice's language, as a WAV file."""
        file = await samples.wav(service(), voice)
        return Response(file, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})

    @router.get("/models", summary="List models for speech and transcription")
    async def models() -> dict[str, Any]:
        """Every name that `model` may be, with what it is for and the engine behind it."""
        found = service()
        engines = found.world.engines
        spoken = [_model(name, "speech", engines.tts.info.name) for name in found.names.speech_models]
        heard = [_model(name, "transcription", engines.stt.info.name) for name in found.names.transcription_models]
        return {"models": [*spoken, *heard]}

    return router


def _voices(service: Service, prefix: str) -> Iterator[dict[str, Any]]:
    """Of a persona only those that its engine has: what names stand for them is known from the others."""
    tts = service.world.engines.tts
    own = {voice.id: voice for voice in tts.voices}
    default = service.names.default_voice
    names = [default, *(name for name in service.names.voices if name != default and (name in own or not prefix))]
    for name in names:
        yield _voice(prefix, name, own, service, tts.info)


def _voice(prefix: str, name: str, own: Mapping[str, Voice], service: Service, engine: EngineInfo) -> dict[str, Any]:
    voice = own.get(service.names.voices.own_name(name) or "") or Voice(name)
    return {
        "id": prefix + name,
        "name": name,
        "language": voice.language,
        "gender": voice.gender,
        "engine": engine.name,
        "word_times": "measured" if engine.word_times else "estimated",
        "sample": f"/v1/audio/voices/{quote(prefix + name)}/sample",
        "description": voice.description,
        "default": not prefix and name == service.names.default_voice,
    }


def _model(name: str, task: str, engine: str) -> dict[str, Any]:
    return {"id": name, "name": name, "task": task, "engine": engine}
