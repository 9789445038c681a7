"""`ovos-voice-agent engines`: what is installed, what is in force, how good it is and what each needs."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration
from ovos_voice_agent.config import EngineConfig
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.store import store_in

if TYPE_CHECKING:
    from ovos_voice_agent.engines.registry import Available, Registry

EXAMPLES = """\
  ovos-voice-agent engines
  ovos-voice-agent engines --config voice.toml
"""

TITLES = {
    "vad": "Voice detection",
    "stt": "Recognition",
    "llm": "The mind",
    "tts": "The voice",
    "frontend": "The sound front end",
    "turn": "The end of a turn",
}
IN_FORCE, OTHER = "*", " "
WIDTH = 100


def register(commands: Commands) -> None:
    summary = "show what hears, thinks and speaks, how good it is, and what else is installed"
    add_config_option(add_command(commands, "engines", summary=summary, examples=EXAMPLES, run=run))


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    from ovos_voice_agent.engines.registry import KINDS, installed

    registry = installed(store_in(config.models.folder))
    for kind in KINDS:
        chosen: EngineConfig = getattr(config.engines, kind)
        print(f"{TITLES[kind]}  [engines.{kind}]")
        for engine in registry.available(kind):
            is_chosen = engine.name == chosen.name
            options = chosen.options if is_chosen else {}
            words = " ".join(_words(registry, engine, options))
            print(_paragraph(IN_FORCE if is_chosen else OTHER, engine.name, words))
        if chosen.name not in registry.names(kind):
            print(_paragraph(IN_FORCE, chosen.name, "is not installed."))
    print(f"\n{IN_FORCE} in force with this configuration. Choose another by its name under [engines.*].")
    return 0


def _words(registry: Registry, engine: Available, options: Mapping[str, Any]) -> Iterator[str]:
    """What an engine says of itself, or what it still needs."""
    if engine.problem:
        yield engine.problem
        return
    try:
        info = registry.create(engine.kind, engine.name, options).info
    except ConfigError as error:
        prefix = f"engines.{engine.kind}."
        yield "Needs settings: " + "; ".join(problem.removeprefix(prefix) for problem in error.problems) + "."
        return
    yield _sentence(info.quality)
    yield "Stays on this machine." if info.local else "Sends what it gets to another server."
    if info.better:
        yield "Better: " + _sentence(info.better)


def _sentence(text: str) -> str:
    return text.rstrip(".") + "."


def _paragraph(mark: str, name: str, words: str) -> str:
    first = f"  {mark} {name:<16}"  # the longest name, and a space
    return textwrap.fill(words, WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)
