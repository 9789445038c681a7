"""`ovos-voice-agent conformance`: judge any Realtime server by its traffic."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from ovos_voice_agent.cli.configured import Commands, add_command
from ovos_voice_agent.conformance import report
from ovos_voice_agent.conformance.playing import Manner
from ovos_voice_agent.conformance.run import run as run_suite
from ovos_voice_agent.conformance.speech import utterance
from ovos_voice_agent.conformance.suite import TARGETS, load
from ovos_voice_agent.conformance.wire import Target
from ovos_voice_agent.errors import ClientError

EXAMPLES = """\
  ovos-voice-agent conformance                                   the server on this machine
  ovos-voice-agent conformance --url wss://example.org/v1 --key sk-mine --model gpt-realtime
  ovos-voice-agent conformance --dialect beta --only turns --only responses.cancel
  ovos-voice-agent conformance --list                            all cases, with their clauses
  ovos-voice-agent conformance --json > conformance.json         for programs; exit code 1 when a case failed
"""

DEFAULT_URL = "http://127.0.0.1:8000/v1"


def register(commands: Commands) -> None:
    command = add_command(
        commands, "conformance", summary="judge any Realtime server by its traffic", examples=EXAMPLES, run=run
    )
    command.add_argument("--url", default=DEFAULT_URL, help=f"base address of the server (default: {DEFAULT_URL})")
    command.add_argument("--key", default=os.environ.get("OPENAI_API_KEY"), help="API key (default: $OPENAI_API_KEY)")
    command.add_argument(
        "--model", metavar="NAME", default="gpt-realtime", help="model to ask for (default: gpt-realtime)"
    )
    command.add_argument("--dialect", choices=tuple(TARGETS), default="ga", help="default: ga")
    command.add_argument("--heavy", action="store_true", help="also send frames that are too large, and a flood")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of a report")
    command.add_argument("--only", action="append", metavar="WORD", help="cases with this word in the name; repeatable")
    command.add_argument("--list", action="store_true", help="print the cases and do nothing")
    command.add_argument("--verbose", action="store_true", help="report the cases that passed, too")
    command.add_argument(
        "--transcriber", metavar="NAME", default="whisper-1", help="model for transcripts (default: whisper-1)"
    )
    command.add_argument("--speech", type=Path, metavar="FILE.wav", help="say this instead of the shipped recording")
    command.add_argument(
        "--patience", type=float, metavar="S", default=15.0, help="how long an answer may take (default: 15)"
    )
    command.add_argument("--jobs", type=int, metavar="N", default=2, help="connections at a time (default: 2)")
    command.add_argument(
        "--speed", type=float, metavar="X", default=1.0, help="append speech at X times its speed (default: 1)"
    )


def run(args: argparse.Namespace) -> int:
    suite = load() if args.heavy else load().harmless()
    if args.only:
        suite = suite.only(args.only)
    if args.list:
        for case in suite.for_dialect(args.dialect).cases:
            print(f"{case.name}  ({case.clause}; {case.marks})  {case.says}")
        return 0
    target = Target(args.url, args.key, args.model, args.dialect)
    manner = _manner(args)
    result = asyncio.run(run_suite(target, suite, manner, jobs=args.jobs, progress=_progress))
    print(json.dumps(report.as_data(result), indent=2) if args.json else report.as_text(result, verbose=args.verbose))
    return 0 if result.passed else 1


def _manner(args: argparse.Namespace) -> Manner:
    try:
        speech = utterance(args.speech)
    except ValueError as error:
        raise ClientError(f"{args.speech}: {error}") from error
    return Manner(speech, patience_s=args.patience, speed=args.speed, transcriber=args.transcriber)


def _progress(name: str) -> None:
    """A line that the next one replaces, for people who wait."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name} …", end="", file=sys.stderr, flush=True)
