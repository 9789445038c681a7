"""The turn model's loading, shapes and threading, on a stand-in with random weights."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import Engine, FloatSamples
from ovos_voice_agent.engines.turn.smart_turn import WINDOW_SAMPLES, SmartTurn, SmartTurnStream, create
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_turn
from tests.models.turns import make_smart_turn
from tests.recordings import samples_16k

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_smart_turn(tmp_path_factory.mktemp("turn") / "smart-turn-v3.2-cpu.onnx")


def test_contract(model: Path) -> None:
    check_turn(lambda: create({"model": str(model)}), samples_16k("goforward").tobytes())


def sound(seconds: float, seed: int = 0) -> FloatSamples:
    return np.random.default_rng(seed).standard_normal(int(16_000 * seconds)).astype(np.float32)


async def asked(stream: SmartTurnStream, samples: FloatSamples) -> float:
    answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    stream.ask(samples, answer.set_result)
    return await asyncio.wait_for(answer, 20)


async def running(model: Path) -> SmartTurn:
    engine = create({"model": str(model)})
    await engine.start()
    return engine


def test_it_answers_with_a_probability_and_hears_eight_seconds_at_most(model: Path) -> None:
    async def scene() -> None:
        engine = await running(model)
        assert isinstance(engine, Engine)
        stream = engine.open()
        long = sound(10)
        answers = [await asked(stream, samples) for samples in (long, long[-WINDOW_SAMPLES:], long[-16_000:], long[:0])]
        assert answers[0] == answers[1] != answers[2]
        assert all(0 < answer < 1 for answer in answers)
        await engine.close()

    asyncio.run(scene())


def test_many_sessions_ask_at_once(model: Path) -> None:
    async def scene() -> None:
        engine = await running(model)
        sounds = [sound(2, seed) for seed in range(6)]
        alone = [await asked(engine.open(), one) for one in sounds]
        together = await asyncio.gather(*(asked(engine.open(), one) for one in sounds))
        assert together == alone
        assert len(set(alone)) == len(alone)
        await engine.close()

    asyncio.run(scene())


def test_nothing_comes_after_close(model: Path) -> None:
    async def scene() -> None:
        engine, got = await running(model), list[float]()
        stream = engine.open()
        stream.ask(sound(1), got.append)
        stream.close()
        await asked(engine.open(), sound(1))
        assert got == []
        await engine.close()
        await engine.close()
        with pytest.raises(EngineError, match="not running"):
            engine.open()

    asyncio.run(scene())


@pytest.mark.parametrize("wrong", [{"bands": 64}, {"name": "mel"}])
def test_another_model_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    other = make_smart_turn(tmp_path / "other.onnx", **wrong)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="smart-turn v3"):
        asyncio.run(running(other))


def test_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(EngineError, match="smart-turn v3"):
        asyncio.run(running(tmp_path / "text.onnx"))
    with pytest.raises(ConfigError, match="no file"):
        create({"model": str(tmp_path / "missing.onnx")})


def test_it_is_found_where_pipecat_carries_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"smart-turn-v3\.2-cpu\.onnx"):
        create({})
    folder = tmp_path / "pipecat" / "audio" / "turn" / "smart_turn" / "data"
    folder.mkdir(parents=True)
    (tmp_path / "pipecat" / "__init__.py").write_text("raise RuntimeError('imported')")
    make_smart_turn(folder / "smart-turn-v3.2-cpu.onnx")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert create({}).info.name == "smart-turn"
