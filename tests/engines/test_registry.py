from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.registry import KINDS, Registry, installed
from ovos_voice_agent.errors import ConfigError


class Mute:
    info = EngineInfo("tts", "mute", "says nothing")

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to stop."""


def create(options: Mapping[str, Any]) -> Mute:
    if options:
        raise ConfigError([f"{key} is unknown" for key in options])
    return Mute()


REGISTRY = Registry(
    [
        EntryPoint("mute", f"{__name__}:create", "ovos_voice_agent.tts"),
        EntryPoint("needy", "no_such_package.engine:create", "ovos_voice_agent.tts"),
        EntryPoint("faulty", f"{__name__}:absent", "ovos_voice_agent.tts"),
        EntryPoint("other", f"{__name__}:create", "console_scripts"),
    ]
)


def test_an_engine_is_built_by_its_name() -> None:
    assert isinstance(REGISTRY.create("tts", "mute", {}), Mute)


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"engines.tts.name: .*'loud'.*faulty, mute, needy"):
        REGISTRY.factory("tts", "loud")
    with pytest.raises(ConfigError, match="none"):
        REGISTRY.factory("vad", "mute")


def test_mistakes_in_options_carry_the_kind() -> None:
    with pytest.raises(ConfigError) as told:
        REGISTRY.create("tts", "mute", {"a": 1, "b": 2})
    assert told.value.problems == ("engines.tts.a is unknown", "engines.tts.b is unknown")


def test_what_cannot_be_loaded_says_why_and_what_helps() -> None:
    with pytest.raises(ConfigError, match="pip install no-such-package"):
        REGISTRY.factory("tts", "needy")
    problems = {engine.name: engine.problem for engine in REGISTRY.available("tts")}
    assert problems["mute"] == ""
    assert "needs no_such_package" in problems["needy"]
    assert "AttributeError" in problems["faulty"]


def test_the_engines_in_the_box_are_announced() -> None:
    registry = installed()
    boxed = {"vad": {"dual", "silero"}, "stt": {"pocketsphinx", "openai"}, "llm": {"offline", "openai"}}
    boxed |= {"tts": {"espeak-ng", "openai"}, "frontend": {"auto", "rnnoise", "none"}, "turn": {"none"}}
    for kind in KINDS:
        assert boxed[kind] <= set(registry.names(kind))
        assert [
            engine.problem for engine in registry.available(kind) if engine.name in boxed[kind] and engine.problem
        ] == []
