from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.engines.tts.sherpa import create
from ovos_voice_agent.engines.voices import WorkerTts
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_tts
from tests.models.voices import RATE_HZ, make_sherpa

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sherpa(tmp_path_factory.mktemp("voices") / "tones", speakers=3)


def kill(engine: WorkerTts) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


def said(folder: Path, voice: str, text: str = "Hello there.", **options: object) -> np.ndarray:
    async def run() -> np.ndarray:
        engine = create({"model": str(folder), "speakers": 3})
        await engine.start()
        assert engine.rate_hz == RATE_HZ
        try:
            pieces = [piece.pcm async for piece in engine.speak(text, TtsOptions(voice, **options))]  # type: ignore[arg-type]
        finally:
            await engine.close()
        return np.frombuffer(b"".join(pieces), dtype="<i2")

    return asyncio.run(run())


def test_contract(tmp_path: Path) -> None:
    folder = make_sherpa(tmp_path / "one")
    check_tts(lambda: create({"model": str(folder)}), kill)


def test_its_speakers_are_voices_and_sound_different(folder: Path) -> None:
    engine = create({"model": str(folder), "speakers": 3, "language": "en-US"})
    assert [voice.id for voice in engine.voices] == ["tones", "tones#0", "tones#1", "tones#2"]
    assert engine.info.languages == ("en-US",)
    quiet, loud = said(folder, "tones#1"), said(folder, "tones#2")
    assert np.abs(loud).max() > 1.5 * np.abs(quiet).max() > 0


def test_longer_texts_last_longer_and_nothing_to_say_is_nothing(folder: Path) -> None:
    assert len(said(folder, "tones#1", "Hello there, how are you?")) > len(said(folder, "tones#1", "Hello."))
    assert len(said(folder, "tones#1", "...")) == 0


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="model must be the folder"):
        create({"model": str(tmp_path / "nowhere")})
    with pytest.raises(ConfigError) as told:
        create({"model": str(folder), "type": "kokoro"})
    assert told.value.problems == ("model: the folder has no file voices*.bin, which type kokoro needs",)
    with pytest.raises(ConfigError, match="type must be one of kitten, kokoro, matcha, vits"):
        create({"model": str(folder), "type": "other"})


def test_a_file_that_is_no_model_costs_its_process_and_no_more(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "voice.onnx").write_bytes(b"this is no model")
    (broken / "tokens.txt").write_text((folder / "tokens.txt").read_text(encoding="utf-8"), encoding="utf-8")

    async def run() -> None:
        engine = create({"model": str(broken)})
        with pytest.raises(EngineError):
            await engine.start()
        await engine.close()

    asyncio.run(run())
