"""Personas, and the engines that they bring."""

from __future__ import annotations

from pathlib import Path

import pytest

from ovos_voice_agent.app.troupe import Troupe, troupe_of
from ovos_voice_agent.config import SessionConfig
from ovos_voice_agent.engines.registry import Registry, installed
from ovos_voice_agent.errors import ConfigError


def troupe(folder: Path, **files: str) -> Troupe:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text('instructions = "x"\n' + content)
    return troupe_of(SessionConfig(personas=str(folder)), installed)


def no_registry() -> Registry:
    raise AssertionError("nobody brings an engine")


def test_without_engines_nothing_is_constructed(tmp_path: Path) -> None:
    assert troupe_of(SessionConfig(), no_registry) == Troupe()
    (tmp_path / "a.toml").write_text('instructions = "x"')
    assert list(troupe_of(SessionConfig(personas=str(tmp_path)), no_registry).personas) == ["a"]


def test_personas_that_ask_for_the_same_share_it(tmp_path: Path) -> None:
    own, other = '[engines.llm]\nname = "offline"\npersona = "Ann"', '[engines.llm]\nname = "offline"\npersona = "Bob"'
    found = troupe(tmp_path, a=own, b=own, c=other + '\n[engines.tts]\nname = "espeak-ng"')
    assert list(found.by_label) == ["a.llm", "c.llm", "c.tts"]
    assert found.by_persona["a"]["llm"] is found.by_persona["b"]["llm"] is found.by_label["a.llm"]
    assert found.by_persona["c"]["llm"] is found.by_label["c.llm"]
    assert found.by_persona["c"]["tts"].info.name == "espeak-ng"


def test_every_mistake_is_told_with_the_name_of_the_persona(tmp_path: Path) -> None:
    wrong = {"a": '[engines.llm]\nname = "offline"\nspeed = 2', "b": '[engines.tts]\nname = "parrot"'}
    with pytest.raises(ConfigError) as error:
        troupe(tmp_path, **wrong)
    first, second = error.value.problems
    assert first.startswith("session.personas: a: engines.llm.")
    assert second.startswith("session.personas: b: engines.tts.name: there is no engine 'parrot'")
