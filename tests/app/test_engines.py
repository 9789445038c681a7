"""Building and starting engines: side by side, timed, and with every mistake told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from ovos_voice_agent.app import engines
from ovos_voice_agent.app.engines import Started, StartError
from ovos_voice_agent.config import EngineConfig, EnginesConfig
from ovos_voice_agent.engines.interface import EngineInfo, Kind
from ovos_voice_agent.engines.registry import KINDS, Registry
from ovos_voice_agent.errors import ConfigError, EngineError


class Simple:
    """An engine that only starts and closes; option `fails` says how not to."""

    together: ClassVar[asyncio.Barrier]

    def __init__(self, kind: Kind, options: Mapping[str, Any]) -> None:
        if "typo" in options:
            raise ConfigError(["typo: there is no such option"])
        self.info = EngineInfo(kind, "simple", "fine")
        self.closed = False
        self._fails = options.get("fails")

    async def start(self) -> None:
        await Simple.together.wait()  # all must have begun before any is done
        if isinstance(self._fails, Exception):
            raise self._fails

    async def close(self) -> None:
        self.closed = True
        if isinstance(self._fails, RuntimeError):
            raise self._fails


def simple_vad(options: Mapping[str, Any]) -> Simple:
    return Simple("vad", options)


def simple_stt(options: Mapping[str, Any]) -> Simple:
    return Simple("stt", options)


def simple_llm(options: Mapping[str, Any]) -> Simple:
    return Simple("llm", options)


def simple_tts(options: Mapping[str, Any]) -> Simple:
    return Simple("tts", options)


def simple_frontend(options: Mapping[str, Any]) -> Simple:
    return Simple("frontend", options)


def simple_turn(options: Mapping[str, Any]) -> Simple:
    return Simple("turn", options)


REGISTRY = Registry(EntryPoint("simple", f"{__name__}:simple_{kind}", f"ovos_voice_agent.{kind}") for kind in KINDS)


def built(**options: Mapping[str, Any]) -> dict[str, Any]:
    Simple.together = asyncio.Barrier(len(KINDS))
    wanted = {kind: EngineConfig("simple", options.get(kind, {})) for kind in KINDS}
    return engines.create(EnginesConfig(**wanted), REGISTRY)


def test_all_start_at_the_same_time_and_each_is_timed() -> None:
    ready: list[str] = []
    times = iter(range(100))
    made = built()
    started = asyncio.run(engines.start(made, lambda: float(next(times)), ready.append))
    assert sorted(ready) == sorted(KINDS)
    assert [engine.kind for engine in started] == list(KINDS)
    assert started[0] == Started("vad", made["vad"].info, started[0].seconds)
    assert all(engine.seconds > 0 for engine in started)


def test_every_engine_that_fails_is_told_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    made = built(stt={"fails": EngineError("no server at x")}, tts={"fails": ValueError("odd")})
    with pytest.raises(StartError) as failed:
        asyncio.run(engines.start(made, lambda: 0.0, lambda _: None))
    assert failed.value.problems == (
        "engines.stt: no server at x",
        "engines.tts: could not start (ValueError: odd)",
    )
    assert len(caplog.records) == 1  # the one that is a bug


def test_every_mistake_in_the_options_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as wrong:
        built(stt={"typo": 1}, llm={"typo": 1})
    assert wrong.value.problems == (
        "engines.stt.typo: there is no such option",
        "engines.llm.typo: there is no such option",
    )


def test_all_are_closed_whatever_one_does(caplog: pytest.LogCaptureFixture) -> None:
    made = built(vad={"fails": RuntimeError("odd")})
    asyncio.run(engines.close(made))
    assert all(engine.closed for engine in made.values())
    assert len(caplog.records) == 1
