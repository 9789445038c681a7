"""The routes of sessions over plain parts: a store in memory, a catalogue, and live sessions that only note things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.testclient import TestClient

from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue, Names
from ovos_voice_agent.protocol.dialects.beta import beta_defaults
from ovos_voice_agent.protocol.settings import (
    AudioSettings,
    InputAudioSettings,
    OutputAudioSettings,
    RealtimeSettings,
    Settings,
    Transcription,
    TranscriptionSettings,
)
from ovos_voice_agent.stores.interface import LiveEntry
from ovos_voice_agent.transports.front import Front
from ovos_voice_agent.transports.http import http_app
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.preparing import Preparing
from ovos_voice_agent.transports.sessions_http import Desk, session_routes
from tests.transports.plain import Gates, counted_ids, no_metrics

CATALOGUE = Catalogue(
    models=Names({"gpt-realtime": "", "mine": ""}),
    transcription_models=Names({"whisper-1": "", "gpt-realtime-whisper": ""}),
    voices=Names({"marin": "v", "amy": "v"}),
    default_model="mine",
    default_transcription_model="whisper-1",
    default_voice="amy",
)
OFFER = Offer(
    transcription_model="whisper-1",
    voices=frozenset(CATALOGUE.voices),
    transcription_models=frozenset(CATALOGUE.transcription_models),
)


def start(opening: Opening) -> Settings:
    heard = InputAudioSettings()
    if opening.kind == "transcription":
        heard = msgspec.structs.replace(heard, transcription=Transcription(opening.model))
        settings: Settings = TranscriptionSettings(audio=AudioSettings(heard))
    else:
        audio = AudioSettings(heard, OutputAudioSettings(voice="amy"))
        settings = RealtimeSettings(model=opening.model, instructions="Speak.", audio=audio)
    return beta_defaults(settings) if opening.dialect == "beta" else settings


def preparing() -> Preparing:
    return Preparing(lambda: CATALOGUE, lambda _: OFFER, start)


class PlainLive:
    """A live session. It refuses to change its voice."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.updates: list[dict[str, Any]] = []
        self.ended: list[str] = []

    def view(self) -> dict[str, Any]:
        return {"type": "realtime", "id": self.session_id, "updates": len(self.updates)}

    def report(self) -> dict[str, Any]:
        return {"activity": "hearing", "turns": 3, "responses": 2, "latency_ms": 640, "engines": {"stt": "ears"}}

    def check(self, session: Mapping[str, Any]) -> None:
        if "audio" in session:
            raise ClientError("No.", code="cannot_update_voice")

    def update(self, session: dict[str, Any]) -> None:
        self.updates.append(session)

    def end(self, reason: str) -> None:
        self.ended.append(reason)


class Office:
    """The routes, with a client that has the key `key`."""

    def __init__(self, key: str | None = None, gates: Gates | None = None) -> None:
        self.gates = gates or Gates(key)
        self.here: dict[str, PlainLive] = {}
        desk = Desk(
            preparing(),
            self.gates.secrets,
            self.gates.store,
            self.here.get,
            counted_ids(),
            lambda: self.gates.now,
            lambda: {"sessions": len(self.here)},
        )
        app = http_app(
            Lifecycle(lambda: 0.0),
            self.gates.guard,
            lambda: CATALOGUE,
            no_metrics,
            session_routers=[session_routes(desk)],
        )
        self.client = TestClient(Front({}, app, counted_ids()), base_url="http://127.0.0.1:8000")
        if key:
            self.client.headers["Authorization"] = f"Bearer {key}"

    def post(self, path: str, body: Any = None) -> Any:
        """The body of a 200."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str | None, str | None]:
        """Status, code and param of an error of OpenAI's shape."""
        answer = self.client.request(method, path, json=body, **more)
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        return answer.status_code, error["code"], error["param"]


def entry(session_id: str, owner: str = "", worker: str = "here", **more: Any) -> LiveEntry:
    about = {"kind": "realtime", "model": "mine", "dialect": "ga", "started_at": 1_000_000.0}
    return LiveEntry(id=session_id, owner=owner, worker=worker, **about | more)
