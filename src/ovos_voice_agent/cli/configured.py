"""The options of the command line that change the configuration, shared by the commands that read it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ovos_voice_agent.config import ENV_CONFIG, Config, EngineConfig, EngineJudge, ModelsConfig, load
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.store import store_in

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `add_subparsers` returns; argparse has no public name for it."""

HELP_CONFIG = f"settings as TOML (default: the file that ${ENV_CONFIG} names, if any)"


SERVER_OPTIONS = ("host", "port", "workers", "tls_self_signed", "tls_cert", "tls_key")
"""Keys of `[server]` that have an option of the same name; a command has those it wants."""


def add_command(commands: Commands, name: str, *, summary: str, examples: str, run: Any) -> argparse.ArgumentParser:
    """A command with a one-line summary and examples below its help."""
    command = commands.add_parser(
        name,
        help=summary,
        description=summary[:1].upper() + summary[1:] + ".",
        epilog="examples:\n" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def add_config_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE.toml", help=HELP_CONFIG)


def configuration(args: argparse.Namespace, judge_engines: EngineJudge | None = None) -> Config:
    """The configuration in force for this command line. Raises ConfigError with every mistake, and with those of the
    engines where they are judged as well (`engine_problems`); personas and their engines are judged then, once the
    rest is right."""
    named = os.environ.get(ENV_CONFIG)
    path = args.config or (Path(named) if named else None)
    options = {f"server.{name}": getattr(args, name, None) for name in SERVER_OPTIONS}
    given = {key: value for key, value in options.items() if value is not None}
    config = load(path, os.environ, given, judge_engines)
    if judge_engines is not None and config.session.personas:
        from ovos_voice_agent.app.troupe import troupe_of  # only for the commands that need engines
        from ovos_voice_agent.engines.registry import installed

        troupe_of(config.session, lambda: installed(store_in(config.models.folder)))
    return config


def engine_problems(engines: Mapping[str, EngineConfig], models: ModelsConfig) -> Iterator[str]:
    """What the engines' own factories object to. Constructs them, which neither loads a model nor starts a process."""
    from ovos_voice_agent.engines.registry import KINDS, installed  # only for the commands that need engines

    registry = installed(store_in(models.folder))
    for kind in KINDS:
        if kind not in engines:
            continue
        try:
            registry.create(kind, engines[kind].name, engines[kind].options)
        except ConfigError as error:
            yield from error.problems
