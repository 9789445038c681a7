from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import Message, Prompt, TextDelta, TextPart
from ovos_voice_agent.engines.ovos.llm import OvosPersonas, create
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_llm

pytestmark = [pytest.mark.real, pytest.mark.extra]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "personas"
    folder.mkdir()
    for name in ("Ann", "Bob"):
        told = {"name": name, "solvers": ["ovos-solver-failure-plugin"]}
        (folder / f"{name}.json").write_text(json.dumps(told))
    return folder


def kill(engine: OvosPersonas) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


async def ask(engine: OvosPersonas, model: str | None) -> str:
    await engine.start()
    try:
        prompt = Prompt((Message("user", (TextPart("who are you"),)),), model=model)
        return "".join([event.text async for event in engine.reply(prompt) if isinstance(event, TextDelta)])
    finally:
        await engine.close()


def test_a_real_persona_keeps_the_contract(folder: Path) -> None:
    check_llm(lambda: create({"personas": str(folder / "Ann.json")}), kill)


def test_personas_are_models(folder: Path) -> None:
    engine = create({"personas": str(folder)})
    assert engine.info.models == ("Ann", "Bob")
    assert asyncio.run(ask(engine, "Bob"))
    with pytest.raises(EngineError, match="the persona failed"):
        asyncio.run(ask(create({"personas": str(folder)}), "Zoe"))


@pytest.mark.parametrize(("content", "told"), [("x", "cannot be read"), ("{}", "names no solvers")])
def test_files_that_are_no_personas_are_named(tmp_path: Path, content: Any, told: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(ConfigError, match=rf"personas: a\.json .*{told}"):
        create({"personas": str(tmp_path / "a.json")})
    with pytest.raises(ConfigError, match="personas must be"):
        create({})
