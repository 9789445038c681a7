"""Without a model."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.engines.interface import Engine
from ovos_voice_agent.engines.turn.none import create
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.testing.contracts import check_turn


def test_there_is_nothing_to_ask() -> None:
    async def scene() -> None:
        engine = create({})
        assert isinstance(engine, Engine)
        await engine.start()
        assert engine.open() is None
        await engine.close()

    asyncio.run(scene())


def test_contract() -> None:
    check_turn(lambda: create({}), bytes(32_000))


def test_it_has_no_options() -> None:
    with pytest.raises(ConfigError, match="model"):
        create({"model": "x"})
