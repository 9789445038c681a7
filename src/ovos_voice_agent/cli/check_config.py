"""`ovos-voice-agent check-config`: judge the configuration, engines' own options included, without listening."""

from __future__ import annotations

import argparse

from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration, engine_problems
from ovos_voice_agent.config import ENGINE_DEFAULTS

EXAMPLES = """\
  ovos-voice-agent check-config --config voice.toml
"""


def register(commands: Commands) -> None:
    summary = "read the configuration and tell every mistake in it"
    add_config_option(add_command(commands, "check-config", summary=summary, examples=EXAMPLES, run=run))


def run(args: argparse.Namespace) -> int:
    config = configuration(args, engine_problems)
    names = ", ".join(f"{kind} {getattr(config.engines, kind).name}" for kind in ENGINE_DEFAULTS)
    print(f"The configuration is good: {config.server.host}:{config.server.port}, {names}.")
    return 0
