"""What is answered without a session: speech, transcription, chat, and the lists of voices and models."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from ovos_voice_agent.app.casting import Casting
from ovos_voice_agent.config import Config
from ovos_voice_agent.personas.instructions import SPOKEN
from ovos_voice_agent.runtime.service import Service
from ovos_voice_agent.transports.audio_lists_http import audio_list_routes
from ovos_voice_agent.transports.chat_http import chat_routes
from ovos_voice_agent.transports.guard import needs
from ovos_voice_agent.transports.speech_http import speech_routes
from ovos_voice_agent.transports.transcriptions_http import UploadLimits, transcription_routes

SECONDS_PER_MINUTE = 60


def service_of(config: Config, casting: Casting) -> Service:
    """Once the engines are started."""
    instructions, default = config.session.instructions, casting.default
    personas = {}
    for name, cast in casting.by_model.items():
        own = cast.names.personas[name].instructions
        personas[name] = Service(cast.world, cast.names, own, own)
    return Service(default.world, default.names, instructions, instructions or SPOKEN, personas)


def request_routers(config: Config, service: Callable[[], Service]) -> list[APIRouter]:
    """For those who have a key. `service` raises ClientError while the engines are loading."""
    server = config.server
    limits = UploadLimits(server.max_upload_bytes, server.max_upload_minutes * SECONDS_PER_MINUTE or None)
    audio = APIRouter(dependencies=[needs("audio")])
    audio.include_router(speech_routes(service))
    audio.include_router(transcription_routes(service, limits))
    chat = APIRouter(dependencies=[needs("chat")])
    chat.include_router(chat_routes(service, server.max_message_bytes))
    return [audio, chat, *([] if server.public_lists else [audio_list_routes(service)])]


def open_routers(config: Config, service: Callable[[], Service]) -> list[APIRouter]:
    """For everybody who may connect."""
    return [audio_list_routes(service)] if config.server.public_lists else []
