"""`ovos-voice-agent key`: make a key, and what the configuration keeps of it."""

from __future__ import annotations

import argparse
import secrets
import sys
from hashlib import sha256

from ovos_voice_agent.cli.configured import Commands, add_command
from ovos_voice_agent.config import DIGEST_PREFIX

PREFIX = "sk-"
RANDOM_BYTES = 32
"""Nobody guesses them: a plain digest is enough to keep."""

EXAMPLES = """\
  ovos-voice-agent key kitchen
  printf %s "$MY_KEY" | ovos-voice-agent key kitchen --hash
"""


def register(commands: Commands) -> None:
    summary = "make an API key, and the lines of the configuration that accept it"
    command = add_command(commands, "key", summary=summary, examples=EXAMPLES, run=run)
    command.add_argument("name", nargs="?", default="key-1", help="what logs call the key (default: key-1)")
    command.add_argument("--hash", action="store_true", help="take a key of your own from standard input")


def run(args: argparse.Namespace) -> int:
    key = sys.stdin.readline().strip() if args.hash else PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    if not key:
        print("There is no key on standard input.", file=sys.stderr)
        return 1
    if not args.hash:
        print(f"# the key, which is shown only now: {key}")
    print(entry(args.name, key))
    return 0


def entry(name: str, key: str) -> str:
    """The key's table in the configuration. The key itself is not in it."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'[[server.api_keys]]\nname = "{quoted}"\nhash = "{DIGEST_PREFIX}{sha256(key.encode()).hexdigest()}"'
