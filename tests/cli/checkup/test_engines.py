"""Checks of engines: one that does not start, and servers that answer something else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from ovos_voice_agent.cli.checkup.engines import check_capacity, check_engines
from ovos_voice_agent.cli.checkup.findings import Finding
from ovos_voice_agent.config import load
from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.registry import KINDS, Registry
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.fakes import EnergyVad
from tests.cli.test_doctor import model_server


class Silent:
    """An engine that starts, or does not."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.info = EngineInfo("llm", "silent", "says nothing")
        self._fails = options.get("fails", False)

    async def start(self) -> None:
        if self._fails == "hangs":
            await asyncio.sleep(3600)
        if self._fails:
            raise EngineError("its file is gone")

    async def close(self) -> None:
        """Nothing to close."""


REGISTRY = Registry(EntryPoint("silent", f"{__name__}:Silent", f"ovos_voice_agent.{kind}") for kind in KINDS)


class Loud(EnergyVad):
    """A detector that starts, or does not."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._fails = "fails" in options

    async def start(self) -> None:
        if self._fails:
            raise EngineError("its file is gone")


LOUD = Registry([EntryPoint("loud", f"{__name__}:Loud", "ovos_voice_agent.vad")])


def examined(**options: object) -> list[Finding]:
    """What is found of the language model, which has `options`."""
    overrides = {f"engines.{kind}.name": "silent" for kind in KINDS}
    overrides |= {f"engines.llm.{key}": value for key, value in options.items()}  # type: ignore[misc]

    async def run() -> list[Finding]:
        found = check_engines(load(overrides=overrides), REGISTRY)
        return [finding async for finding in found if finding.about == "engines.llm"]

    return asyncio.run(run())


def test_how_many_sessions_are_borne() -> None:
    async def run(**overrides: Any) -> list[Finding]:
        config = load(overrides={"engines.vad.name": "loud", **overrides})
        return [finding async for finding in check_capacity(config, LOUD)]

    (found,) = asyncio.run(run(**{"server.capacity": 40, "server.workers": 2}))
    assert found.words.startswith("each of its processes bears 40 that stream speech at a time")
    (found,) = asyncio.run(run())
    assert found.words.startswith("the server bears ")
    assert asyncio.run(run(**{"engines.vad.fails": "yes"})) == []  # which was told before


def test_one_that_starts() -> None:
    (found,) = examined()
    assert found.level == "good"
    assert found.words.endswith("says nothing")


def test_one_that_does_not_start() -> None:
    (found,) = examined(fails="yes")
    assert found.words == "silent does not start: its file is gone"
    assert found.level == "problem"


def test_one_that_never_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.cli.checkup.engines.START_S", 0.01)
    (found,) = examined(fails="hangs")
    assert "was not ready after" in found.words


@pytest.mark.parametrize("body", [[], {"data": 5}, "hello"])
def test_a_server_of_another_kind(body: Any) -> None:
    with model_server(200, body) as base_url:
        server, _ = examined(base_url=base_url)
    assert server.level == "hint"
    assert "is it the address up to /v1?" in server.words


@pytest.mark.parametrize("model", ["m", "llama3.2"])
def test_a_server_with_the_model(model: str) -> None:
    with model_server() as base_url:
        server, _ = examined(base_url=base_url, model=model)
    assert (server.level, server.words) == ("good", f"{base_url} answers")
