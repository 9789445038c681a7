"""`ovos-voice-agent check-config`: judge the configuration, engines' own options included, without listening."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration
from ovos_voice_agent.config import ENGINE_DEFAULTS, Config, EngineConfig
from ovos_voice_agent.errors import ConfigError

EXAMPLES = """\
  ovos-voice-agent check-config --config voice.toml
"""


def register(commands: Commands) -> None:
    summary = "read the configuration and tell every mistake in it"
    add_config_option(add_command(commands, "check-config", summary=summary, examples=EXAMPLES, run=run))


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    problems = list(engine_problems(config))
    if problems:
        raise ConfigError(problems)
    names = ", ".join(f"{kind} {getattr(config.engines, kind).name}" for kind in ENGINE_DEFAULTS)
    print(f"The configuration is good: {config.server.host}:{config.server.port}, {names}.")
    return 0


def engine_problems(config: Config) -> Iterator[str]:
    """What the engines' own factories object to. Constructs them, which neither loads a model nor starts a process."""
    from ovos_voice_agent.engines.registry import KINDS, installed

    registry = installed()
    for kind in KINDS:
        engine: EngineConfig = getattr(config.engines, kind)
        try:
            registry.create(kind, engine.name, engine.options)
        except ConfigError as error:
            yield from error.problems
