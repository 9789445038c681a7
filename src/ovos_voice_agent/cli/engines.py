"""`ovos-voice-agent engines`: what is installed, what is in force, how good it is and what each needs."""

from __future__ import annotations

import argparse

from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration
from ovos_voice_agent.config import ENGINE_DEFAULTS, EngineConfig

EXAMPLES = """\
  ovos-voice-agent engines
  ovos-voice-agent engines --config voice.toml
"""


def register(commands: Commands) -> None:
    summary = "show what hears, thinks and speaks, how good it is, and what else is installed"
    add_config_option(add_command(commands, "engines", summary=summary, examples=EXAMPLES, run=run))


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    for kind in ENGINE_DEFAULTS:
        engine: EngineConfig = getattr(config.engines, kind)
        print(engine)
    return 0
