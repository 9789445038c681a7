"""The composition root: states, refusals before it is ready, and what a session gets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import Any

import msgspec
import pytest

from ovos_voice_agent.app.application import Application, build
from ovos_voice_agent.app.engines import StartError
from ovos_voice_agent.config import EngineConfig, load
from ovos_voice_agent.engines.interface import Tts, TtsOptions
from ovos_voice_agent.engines.tts.espeak import Espeak, Options
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import LONG_TEXT
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts


class BrokenTts(ToneTts):
    async def start(self) -> None:
        raise EngineError("no voice here")


def application(tts: Tts | None = None, voice: str = "") -> Application:
    config = load(None, {})
    config = msgspec.structs.replace(config, session=msgspec.structs.replace(config.session, voice=voice))
    engines: Any = {"vad": EnergyVad(), "stt": ScriptedStt(), "llm": ScriptedLlm(), "tts": tts or ToneTts()}
    return Application(config, engines)


async def get(application: Application, path: str) -> tuple[int, Any]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"x")]}
    await application.asgi(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body)


def test_it_is_healthy_at_once_and_ready_when_all_is_loaded() -> None:
    async def script() -> None:
        app = application()
        assert (await get(app, "/health"))[1]["state"] == "starting"
        assert (await get(app, "/ready"))[0] == 503
        status, body = await get(app, "/v1/models")
        assert (status, body["error"]["code"]) == (503, "model_loading")
        started = await app.start()
        assert [engine.kind for engine in started] == ["vad", "stt", "llm", "tts"]
        assert await get(app, "/ready") == (200, {"state": "ready"})
        status, body = await get(app, "/v1/models")
        assert "gpt-realtime" in [model["id"] for model in body["data"]]
        await app.drain(1)
        assert (await get(app, "/health"))[1]["state"] == "draining"
        assert (await get(app, "/ready"))[1]["error"]["code"] == "service_unavailable"
        await app.close()
        await app.close()

    asyncio.run(script())


def test_it_tells_how_many_sessions_it_bears() -> None:
    async def script() -> None:
        app = application()
        assert "capacity" not in (await get(app, "/health"))[1]
        await app.start()
        capacity = (await get(app, "/health"))[1]["capacity"]
        assert set(capacity) == {"silence", "noise", "speech"}
        told = app.metrics.render().decode()
        assert f'ovos_voice_agent_capacity_sessions{{streaming="speech"}} {float(capacity["speech"])}' in told
        await app.close()

    asyncio.run(script())


@pytest.mark.real
def test_it_is_not_ready_while_the_process_of_an_engine_is_away() -> None:
    async def script() -> None:
        voice = Espeak(Options())
        app = application(voice)
        await app.start()
        assert (await get(app, "/ready"))[0] == 200
        speech = aiter(voice.speak(LONG_TEXT, TtsOptions("alloy")))
        await anext(speech)
        os.kill(voice.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError):
            [piece async for piece in speech]
        status, body = await get(app, "/ready")
        assert (status, body["error"]["code"]) == (503, "model_loading")
        assert body["error"]["message"] == "The server is loading again: tts."
        assert [piece async for piece in voice.speak("Back again.", TtsOptions("alloy"))]
        assert (await get(app, "/ready"))[0] == 200
        await app.close()

    asyncio.run(script())


def test_an_engine_that_fails_keeps_it_from_being_ready() -> None:
    async def script() -> None:
        app = application(BrokenTts())
        with pytest.raises(StartError) as failed:
            await app.start()
        assert failed.value.problems == ("engines.tts: no voice here",)
        assert (await get(app, "/ready"))[0] == 503
        await app.close()

    asyncio.run(script())


def test_a_voice_that_does_not_exist_is_a_mistake() -> None:
    async def script() -> None:
        app = application(voice="zoe")
        with pytest.raises(ConfigError, match=r"session\.voice"):
            await app.start()
        await app.close()

    asyncio.run(script())


def test_engines_of_the_configuration_are_built() -> None:
    config = load(None, {})
    nobody = msgspec.structs.replace(config.engines, llm=EngineConfig("nobody", {}))
    with pytest.raises(ConfigError, match=r"engines\.llm\.name: there is no engine 'nobody'"):
        build(msgspec.structs.replace(config, engines=nobody))
    assert build(config).lifecycle.loading == ("vad", "stt", "llm", "tts", "frontend", "turn", "sessions")
