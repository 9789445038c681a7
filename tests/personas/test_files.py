from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.files import read_personas
from ovos_voice_agent.personas.persona import OwnEngine, Persona

SOLVER = "ovos-solver-openai-plugin"


def test_our_files_and_those_of_ovos_are_read(tmp_path: Path) -> None:
    (tmp_path / "pirate.toml").write_text('instructions = "Talk like a pirate."\nvoice = "onyx"\n')
    told = {"name": "Poet", "solvers": ["x", SOLVER], SOLVER: {"system_prompt": "Rhyme.", "model": "m", "key": "k"}}
    (tmp_path / "a.json").write_text(json.dumps(told))
    (tmp_path / "notes.txt").write_text("not a persona")
    (tmp_path / "queen.toml").write_text(
        'instructions = "Be gracious."\nlanguage = "en-GB"\nfirst_message = "Good evening."\n'
        '[engines.tts]\nname = "piper"\nmodel = "queen.onnx"\n[engines.llm]\nname = "offline"\n'
    )
    queen = {"tts": OwnEngine("piper", {"model": "queen.onnx"}), "llm": OwnEngine("offline")}
    assert read_personas(tmp_path) == [
        Persona("Poet", "Rhyme.", model="m"),
        Persona("pirate", "Talk like a pirate.", voice="onyx"),
        Persona("queen", "Be gracious.", language="en-GB", first_message="Good evening.", engines=queen),
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.toml", "x", "cannot be read"),
        ("a.json", "[]", "must be a table"),
        ("a.toml", 'voice = "onyx"', "instructions must say"),
        ("a.toml", 'instructions = "x"\nspeed = 2', "speed: there is no such key"),
        ("a.toml", "instructions = 2", "instructions must be a text"),
        ("a.toml", 'instructions = "x"\nlanguage = "klingon!"', "language: 'klingon!' is no language"),
        ("a.toml", 'instructions = "x"\nengines = 2', "engines must be tables"),
        ("a.toml", 'instructions = "x"\n[engines]\nllm = "offline"', "engines must be tables"),
        ("a.toml", 'instructions = "x"\n[engines.vad]\nname = "silero"', r"engines\.vad: there is no such table"),
        ("a.toml", 'instructions = "x"\n[engines.llm]\nmodel = "m"', r"engines\.llm\.name must name an engine"),
        ("a.json", {}, "solvers must name"),
        ("a.json", {"solvers": ["ovos-solver-failure-plugin"]}, 'name = "ovos"'),
        ("a.json", {"handlers": [SOLVER], SOLVER: {}}, "no system_prompt"),
    ],
)
def test_mistakes_are_told_by_the_files_name(tmp_path: Path, name: str, content: Any, told: str) -> None:
    (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ConfigError, match=rf"session\.personas: {name}: .*{told}"):
        read_personas(tmp_path)


def test_two_of_one_name_and_no_folder_are_mistakes(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('name = "Ann"\ninstructions = "x"')
    with pytest.raises(ConfigError, match=r"b\.toml: there is another persona 'Ann'"):
        read_personas(tmp_path)
    with pytest.raises(ConfigError, match="there is no folder"):
        read_personas(tmp_path / "nothing")
