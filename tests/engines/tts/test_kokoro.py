from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ovos_voice_agent.engines.tts.kokoro import create
from ovos_voice_agent.engines.voices import WorkerTts
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.testing.contracts import check_tts
from tests.models.voices import make_kokoro

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    model, voices = make_kokoro(tmp_path_factory.mktemp("kokoro"))
    return {"model": str(model), "voices": str(voices)}


def kill(engine: WorkerTts) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


def test_contract(options: dict[str, str]) -> None:
    check_tts(lambda: create(options), kill)


def test_voices_tell_their_language_by_their_names(options: dict[str, str]) -> None:
    engine = create(options)
    assert [(voice.id, voice.language, voice.gender) for voice in engine.voices] == [
        ("af_bella", "en-US", "female"),
        ("am_adam", "en-US", "male"),
        ("ff_siwis", "fr-FR", "female"),
    ]
    asyncio.run(engine.close())


def test_missing_files_are_named(options: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        create({"voices": str(tmp_path)})
    assert len(told.value.problems) == 2
    with pytest.raises(ConfigError, match="voices must be"):
        create({**options, "voices": options["model"]})
