from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.engines.ovos.tts import create
from ovos_voice_agent.engines.voices import WorkerTts
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.testing.contracts import check_tts
from tests.models.espeak_command import make_espeak_command

pytestmark = [pytest.mark.real, pytest.mark.extra]

PLUGIN = "ovos-tts-plugin-espeakng"


def kill(engine: WorkerTts) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


async def say(engine: WorkerTts, voice: str) -> bytes:
    await engine.start()
    try:
        return b"".join([piece.pcm async for piece in engine.speak("Hello there.", TtsOptions(voice))])
    finally:
        await engine.close()


@pytest.fixture
def config(tmp_path: Path) -> dict[str, str]:
    return {"binary": str(make_espeak_command(tmp_path / "espeak-ng"))}


def test_a_real_plugin_keeps_the_contract(config: dict[str, str]) -> None:
    check_tts(lambda: create({"plugin": PLUGIN, "config": config}), kill)


def test_voices_are_those_that_are_named_here(config: dict[str, str]) -> None:
    options = {"plugin": PLUGIN, "config": config, "voices": {"anna": "f2"}}
    assert [voice.id for voice in create(options).voices] == ["default", "anna"]
    assert asyncio.run(say(create(options), "anna")) != asyncio.run(say(create(options), "default"))
    with pytest.raises(ClientError, match="no voice 'other'"):
        asyncio.run(say(create(options), "other"))


def test_what_a_plugin_lacks_is_told_at_the_start() -> None:
    with pytest.raises(EngineError, match="the voice cannot start"):
        asyncio.run(say(create({"plugin": PLUGIN, "config": {"binary": "/nowhere"}}), "default"))
