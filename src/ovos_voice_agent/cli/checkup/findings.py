"""A finding: what was seen, how bad it is, and the command or the change that mends it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["good", "hint", "problem"]
"""`hint`: the server runs, but something is not as good as it could be. `problem`: something does not work."""

_COMMANDS = re.compile(r"(?P<words>.*): (?P<mend>(?:pip install|ovos-voice-agent) .*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is a command, or what to change; empty when nothing has to be done."""

    level: Level
    about: str
    words: str
    mend: str = ""


def problem(about: str, words: str, mend: str = "") -> Finding:
    """A problem. Where `words` end with a command that mends it, as errors of the configuration do, it is taken out."""
    found = None if mend else _COMMANDS.fullmatch(words)
    if found:
        return Finding("problem", about, found["words"], found["mend"])
    return Finding("problem", about, words, mend)


def good(about: str, words: str) -> Finding:
    return Finding("good", about, words)


def hint(about: str, words: str, mend: str = "") -> Finding:
    return Finding("hint", about, words, mend)
