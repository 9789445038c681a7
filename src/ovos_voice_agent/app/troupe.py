"""The personas of the configuration, and the engines that they bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ovos_voice_agent.config import SessionConfig
from ovos_voice_agent.engines.interface import Engine
from ovos_voice_agent.engines.registry import KINDS, Registry
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.files import read_personas
from ovos_voice_agent.personas.persona import OwnEngine, Persona


@dataclass(frozen=True, slots=True)
class Troupe:
    """`personas` by name. `engines` are not started; `by_label` has each of them once, under a name to be told by
    ("pirate.tts"), `by_persona` says whose it is, by stage: personas that ask for the same share one."""

    personas: Mapping[str, Persona] = field(default_factory=dict)
    by_label: Mapping[str, Engine] = field(default_factory=dict)
    by_persona: Mapping[str, Mapping[str, Engine]] = field(default_factory=dict)


def troupe_of(session: SessionConfig, registry: Callable[[], Registry]) -> Troupe:
    """Read the personas and construct their engines, which neither loads a model nor starts a process. `registry` is
    asked only when there are any. Raises ConfigError with every mistake."""
    personas = read_personas(Path(session.personas).expanduser()) if session.personas else []
    bringing = [persona for persona in personas if persona.engines]
    return Troupe(
        {persona.name: persona for persona in personas}, *(_engines(bringing, registry()) if bringing else ({}, {}))
    )


def _engines(personas: Iterable[Persona], registry: Registry) -> tuple[dict[str, Engine], dict[str, dict[str, Engine]]]:
    known: list[tuple[str, OwnEngine, Engine]] = []
    by_label: dict[str, Engine] = {}
    by_persona: dict[str, dict[str, Engine]] = {}
    problems: list[str] = []
    for persona in personas:
        for kind in (kind for kind in KINDS if kind in persona.engines):
            wanted = persona.engines[kind]
            engine = next((engine for stage, own, engine in known if (stage, own) == (kind, wanted)), None)
            try:
                engine = engine or registry.create(kind, wanted.name, wanted.options)
            except ConfigError as error:
                problems += [f"session.personas: {persona.name}: {problem}" for problem in error.problems]
                continue
            if not any(engine is one for one in by_label.values()):
                by_label[f"{persona.name}.{kind}"] = engine
                known.append((kind, wanted, engine))
            by_persona.setdefault(persona.name, {})[kind] = engine
    if problems:
        raise ConfigError(problems)
    return by_label, by_persona
