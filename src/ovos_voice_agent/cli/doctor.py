"""`ovos-voice-agent doctor`: look at everything, say what is wrong, and name the command that mends it."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from ovos_voice_agent.cli.checkup import machine, settings
from ovos_voice_agent.cli.checkup.findings import Finding, problem
from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration, engine_problems
from ovos_voice_agent.config import ENV_CONFIG
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.store import store_in

EXAMPLES = """\
  ovos-voice-agent doctor
  ovos-voice-agent doctor --config voice.toml
  ovos-voice-agent doctor --json
"""

MARKS = {"good": "ok", "hint": "hint", "problem": "PROBLEM"}
WIDTH = 100
EXIT_PROBLEMS = 1


def register(commands: Commands) -> None:
    summary = "look for what is wrong or missing, and name what mends it"
    command = add_command(commands, "doctor", summary=summary, examples=EXAMPLES, run=run)
    command.add_argument("--json", action="store_true", help="the findings as JSON")
    add_config_option(command)


def run(args: argparse.Namespace) -> int:
    findings = asyncio.run(_examine(args))
    if args.json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        _sum_up(findings)
    return EXIT_PROBLEMS if any(finding.level == "problem" for finding in findings) else 0


async def _examine(args: argparse.Namespace) -> list[Finding]:
    findings = []
    async for finding in _findings(args):
        findings.append(finding)
        if not args.json:
            _show(finding)
    return findings


async def _findings(args: argparse.Namespace) -> AsyncIterator[Finding]:
    """From the machine to the engines: what comes first may explain what comes later."""
    for check in (machine.check_python, machine.check_packages, machine.check_size, machine.check_gpu):
        for finding in check():
            yield finding
    for finding in machine.check_sound():
        yield finding
    async for finding in _configured(args):
        yield finding


async def _configured(args: argparse.Namespace) -> AsyncIterator[Finding]:
    try:
        config = configuration(args)
    except ConfigError as error:
        for finding in (*settings.mistakes(error), *settings.check_models(store_in(""))):
            yield finding
        return
    store = store_in(config.models.folder)
    named = os.environ.get(ENV_CONFIG)
    mistakes = list(_mistakes_of_engines(args))
    for finding in (
        *settings.check_secrets(args.config or (Path(named) if named else None)),
        *settings.check_port(config),
        *settings.check_certificate(config),
        *settings.check_store(config),
        *settings.check_models(store),
        *mistakes,
    ):
        yield finding
    if not mistakes:
        from ovos_voice_agent.cli.checkup.engines import check_capacity, check_engines
        from ovos_voice_agent.engines.registry import installed

        for check in (check_engines, check_capacity):
            async for finding in check(config, installed(store)):
                yield finding


def _mistakes_of_engines(args: argparse.Namespace) -> Iterator[Finding]:
    """Of engines and persona files, which the configuration alone cannot judge."""
    try:
        configuration(args, engine_problems)
    except ConfigError as error:
        yield from settings.mistakes(error)
    except Exception as error:  # noqa: BLE001 - an engine's module that cannot be imported is a finding
        yield problem("configuration", f"an engine cannot be loaded: {type(error).__name__}: {error}")


def _show(finding: Finding) -> None:
    first = f"{MARKS[finding.level]:<8} {finding.about}: "
    print(textwrap.fill(first + finding.words, WIDTH, subsequent_indent=" " * 9, break_on_hyphens=False))
    if finding.mend:
        print(f"         -> {finding.mend}")


def _sum_up(findings: list[Finding]) -> None:
    problems = sum(finding.level == "problem" for finding in findings)
    hints = sum(finding.level == "hint" for finding in findings)
    if problems:
        print(f"\n{problems} problems, {hints} hints. Lines with -> say what to do.")
    else:
        print(f"\nNothing is wrong. {hints} hints." if hints else "\nNothing is wrong.")
