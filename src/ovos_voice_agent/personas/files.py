"""Reads the personas in a folder: ours in TOML, and those of OVOS in JSON whose answers come from a language model.

An OVOS persona names plugins in order of preference. Of the plugins that only call a language model we take what they
are told to say and do the calling ourselves: they open a connection per request, lose the last sentence of some answers
and cannot be stopped. The server is that of `[engines.llm]`, whatever address the file has.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.persona import OwnEngine, Persona
from ovos_voice_agent.protocol.languages import AUTO, language_code

TEXTS = ("name", "instructions", "voice", "model", "language", "first_message")
KEYS = (*TEXTS, "engines")
STAGES = ("stt", "llm", "tts")
"""Whose engines a persona may bring; what notices speech is the same for all."""
LLM_PLUGINS = ("ovos-solver-openai-plugin", "ovos-solver-openai-persona-plugin", "ovos-chat-openai-plugin")


class _WrongFileError(Exception):
    """Says what is wrong with a file."""


def read_personas(folder: Path) -> list[Persona]:
    """All personas of a folder by the names of their files. Raises ConfigError with every mistake."""
    if not folder.is_dir():
        raise ConfigError([f"session.personas: there is no folder {folder}"])
    personas: dict[str, Persona] = {}
    problems: list[str] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".toml", ".json")):
        try:
            persona = _read(path)
        except _WrongFileError as error:
            problems.append(f"session.personas: {path.name}: {error}")
            continue
        if persona.name in personas:
            problems.append(f"session.personas: {path.name}: there is another persona '{persona.name}'")
        personas[persona.name] = persona
    if problems:
        raise ConfigError(problems)
    return list(personas.values())


def _read(path: Path) -> Persona:
    try:
        text = path.read_text(encoding="utf-8")
        told = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise _WrongFileError(f"cannot be read ({type(error).__name__})") from error
    if not isinstance(told, dict):
        raise _WrongFileError("must be a table")
    return _ours(told, path.stem) if path.suffix == ".toml" else _of_ovos(told, path.stem)


def _ours(told: Mapping[str, Any], name: str) -> Persona:
    for key in told:
        if key not in KEYS:
            raise _WrongFileError(f"{key}: there is no such key (there are: {', '.join(KEYS)})")
        if key in TEXTS and not isinstance(told[key], str):
            raise _WrongFileError(f"{key} must be a text")
    if not told.get("instructions"):
        raise _WrongFileError("instructions must say who it is and how it speaks")
    language = told.get("language", "")
    if language not in ("", AUTO) and language_code(language) is None:
        raise _WrongFileError(f'language: \'{language}\' is no language, such as "de", and not "auto"')
    return Persona(**{"name": name, **told, "engines": _engines(told.get("engines", {}))})


def _engines(told: Any) -> dict[str, OwnEngine]:
    if not isinstance(told, dict) or not all(isinstance(table, dict) for table in told.values()):
        raise _WrongFileError('engines must be tables, such as [engines.llm] with name = "openai"')
    engines = {}
    for stage, table in told.items():
        if stage not in STAGES:
            raise _WrongFileError(f"engines.{stage}: there is no such table (there are: {', '.join(STAGES)})")
        if not isinstance(table.get("name"), str) or not table["name"]:
            raise _WrongFileError(f"engines.{stage}.name must name an engine")
        options = {key: value for key, value in table.items() if key != "name"}
        engines[stage] = OwnEngine(table["name"], options)
    return engines


def _of_ovos(told: Mapping[str, Any], name: str) -> Persona:
    plugins = told.get("solvers") or told.get("handlers")
    if not isinstance(plugins, list) or not plugins:
        raise _WrongFileError("solvers must name the plugins that answer")
    plugin = next((plugin for plugin in plugins if plugin in LLM_PLUGINS), None)
    if plugin is None:
        raise _WrongFileError('its answers come from plugins: take it with [engines.llm] name = "ovos"')
    config = told.get(plugin)
    config = config if isinstance(config, dict) else {}
    instructions = config.get("system_prompt") or config.get("persona")
    if not isinstance(instructions, str):
        raise _WrongFileError(f"{plugin} has no system_prompt")
    model = config.get("model")
    return Persona(str(told.get("name") or name), instructions, model=model if isinstance(model, str) else "")
