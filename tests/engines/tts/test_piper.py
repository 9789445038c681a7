from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.engines.tts.piper import create, create_phoonnx
from ovos_voice_agent.engines.voices import WorkerTts
from ovos_voice_agent.errors import ClientError, ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_tts
from tests.models.voices import PHONEME_SAMPLES, RATE_HZ, make_piper

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three voices: American, German at another rate, and one with two speakers."""
    folder = tmp_path_factory.mktemp("voices")
    make_piper(folder / "a-us.onnx")
    make_piper(folder / "b-de.onnx", language="de_DE", rate_hz=16_000)
    make_piper(folder / "c-two.onnx", language="en_GB", speakers=3)
    return folder


def kill(engine: WorkerTts) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


def run(scene: Callable[[WorkerTts], Awaitable[None]], **options: object) -> None:
    async def whole() -> None:
        engine = create(options)
        await engine.start()
        try:
            await scene(engine)
        finally:
            await engine.close()

    asyncio.run(whole())


async def say(engine: WorkerTts, text: str, voice: str, language: str | None = None) -> np.ndarray:
    pieces = [piece.pcm async for piece in engine.speak(text, TtsOptions(voice, language=language))]
    return np.frombuffer(b"".join(pieces), dtype="<i2")


def test_contract(folder: Path) -> None:
    check_tts(lambda: create({"model": str(folder / "a-us.onnx")}), kill)


def test_voices_are_files_and_speakers_and_come_at_one_rate(folder: Path) -> None:
    async def scene(engine: WorkerTts) -> None:
        assert [voice.id for voice in engine.voices] == ["a-us", "b-de", "c-two", "c-two#s0", "c-two#s1", "c-two#s2"]
        assert engine.info.languages == ("en-US", "de-DE", "en-GB")
        assert engine.rate_hz == RATE_HZ
        american, german = await say(engine, "a", "a-us"), await say(engine, "a", "b-de")
        assert len(american) % PHONEME_SAMPLES == 0
        assert abs(len(german) / RATE_HZ - len(american) / RATE_HZ * RATE_HZ / 16_000) < 0.4
        quiet, loud = await say(engine, "hello", "c-two#s1"), await say(engine, "hello", "c-two#s2")
        assert np.abs(loud).max() > 1.5 * np.abs(quiet).max()

    run(scene, model=str(folder))


def test_another_language_is_spoken_by_a_voice_that_can(folder: Path) -> None:
    async def scene(engine: WorkerTts) -> None:
        german = await say(engine, "Guten Tag.", "a-us", language="de")
        assert np.array_equal(german, await say(engine, "Guten Tag.", "b-de"))
        british = await say(engine, "Hello.", "a-us", language="en-GB")
        assert np.array_equal(british, await say(engine, "Hello.", "a-us"))
        assert len(await say(engine, "Bonjour.", "a-us", language="fr"))

    run(scene, model=str(folder))


def test_what_a_voice_does_not_know_is_told(folder: Path) -> None:
    async def scene(engine: WorkerTts) -> None:
        with pytest.raises(ClientError, match="no voice 'other'"):
            await say(engine, "Hello.", "other")
        assert not len(await say(engine, "...", "a-us"))

    run(scene, model=str(folder))


def test_mistakes_are_named_before_anything_is_loaded(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model must be an \.onnx file"):
        create({})
    (tmp_path / "x.onnx").touch()
    with pytest.raises(ConfigError, match=r"x\.onnx\.json cannot be read \(it is not there\)"):
        create_phoonnx({"model": str(tmp_path)})
    (tmp_path / "x.onnx.json").write_text('{"phoneme_type": "openjtalk", "phoneme_id_map": {}}')
    with pytest.raises(ConfigError, match="phonemes of type openjtalk"):
        create({"model": str(tmp_path)})


def test_a_broken_model_is_told_at_the_start(tmp_path: Path) -> None:
    path = make_piper(tmp_path / "x.onnx")
    path.write_bytes(b"not a model")

    async def scene() -> None:
        engine = create({"model": str(path)})
        with pytest.raises(EngineError, match="the voice cannot start"):
            await engine.start()
        await engine.close()

    asyncio.run(scene())
