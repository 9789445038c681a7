"""A server's HTTP half over deterministic engines, as requests see it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
from fastapi import APIRouter
from starlette.testclient import TestClient

from ovos_voice_agent.engines.interface import Llm, Stt, Tts, Vad
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import (
    Catalogue,
    VoiceOfEngine,
    chat_names,
    model_names,
    speech_names,
    transcription_names,
    voice_names,
)
from ovos_voice_agent.runtime.service import Service
from ovos_voice_agent.transports.cors import Pages
from ovos_voice_agent.transports.front import Front
from ovos_voice_agent.transports.http import http_app
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.limits import Quota
from tests.runtime.scenes import world
from tests.transports.plain import NO_LIMITS, Gates, counted_ids, no_metrics

MODELS = model_names("mine", {"fast": "llama"}, [], openai=True)
NAMES = Catalogue(
    models=MODELS,
    transcription_models=transcription_names("scripted", ["large"], openai=True),
    voices=voice_names([VoiceOfEngine("tone", "en"), VoiceOfEngine("other", "en")], {}, "tone", openai=True),
    default_model="mine",
    default_transcription_model="large",
    default_voice="tone",
    chat_models=chat_names(MODELS, openai=True),
    speech_models=speech_names("tone", [], openai=True),
)


def service(
    *, vad: Vad | None = None, stt: Stt | None = None, llm: Llm | None = None, tts: Tts | None = None, **more: Any
) -> Service:
    """What requests get done, by these engines."""
    return Service(world(vad=vad, stt=stt, llm=llm, tts=tts, **more), NAMES, "Be brief.", "Be heard.")


def still_loading() -> Service:
    raise ClientError("The server is still loading.", type="server_error", code="model_loading", status=503)


class Counter:
    """Routes behind the same gates as in a server. `client` asks them."""

    def __init__(self, routers: Sequence[APIRouter], key: str | None = None, quota: Quota = NO_LIMITS) -> None:
        self.gates = Gates(key, quota)
        app = http_app(Lifecycle(lambda: 0.0), self.gates.guard, lambda: NAMES, no_metrics, routers)
        self.front = Front({}, Pages(self.gates.origins, app), counted_ids())
        self.client = TestClient(self.front, base_url="http://127.0.0.1:8000")
        if key:
            self.client.headers["authorization"] = f"Bearer {key}"


def counter(make: Callable[..., APIRouter], served: Service | None = None, *more: Any) -> TestClient:
    """The client of one router over a service."""
    found = served or service()
    return Counter([make(lambda: found, *more)]).client


def error_of(answer: httpx2.Response) -> tuple[int, str | None, str | None]:
    """Status, code and param; the body must have OpenAI's shape."""
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return answer.status_code, error["code"], error["param"]


def events_of(answer: httpx2.Response) -> list[Any]:
    """The data of server-sent events, `[DONE]` as it is."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    frames = answer.text.split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data: ") for frame in frames)
    return [frame[6:] if frame == "data: [DONE]" else json.loads(frame[6:]) for frame in frames]
