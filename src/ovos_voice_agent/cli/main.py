"""Reads the command line, finds the command, and turns known errors into sentences."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ovos_voice_agent import __version__
from ovos_voice_agent.cli import check_config, conformance, doctor, engines, key, models, serve, talk
from ovos_voice_agent.errors import ConfigError, VoiceAgentError

EXIT_FAILED = 1
EXIT_MISTAKE = 2
EXIT_INTERRUPTED = 130
"""What shells give a command that Ctrl-C ended."""

EPILOG = """\
first steps:
  ovos-voice-agent serve                                    a server on 127.0.0.1:8000, offline, no key
  ovos-voice-agent talk --text "what time is it?"           ask it something
  ovos-voice-agent talk --wav question.wav --out answer.wav speak to it
  ovos-voice-agent engines                                  what hears, thinks and speaks, and how well
  ovos-voice-agent doctor                                   what is wrong or missing, and what mends it
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 a mistake in what was asked for."""
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args)
    except ConfigError as error:
        print(
            "The configuration has mistakes:",
            *(f"  {problem}" for problem in error.problems),
            sep="\n",
            file=sys.stderr,
        )
        return EXIT_MISTAKE
    except (VoiceAgentError, OSError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line, with its help."""
    root = argparse.ArgumentParser(
        prog="ovos-voice-agent",
        description="A self-hosted server for OpenAI's Realtime API, with engines you choose.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"ovos-voice-agent {__version__}")
    commands = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (serve, talk, engines, models, doctor, check_config, conformance, key):
        command.register(commands)
    return root
