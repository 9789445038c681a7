"""Switching on and off, in whatever words it is said (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from ovos_voice_agent.engines.llm.offline.words import split_name

_OFF_VERB = re.compile(
    r"\b(?:kill|cut|shut|extinguish|douse|deactivate|disable)\b|\b(?:put|turn|switch|lights?)\b(?:\s+(?!on\b)\w+){0,3}?\s+out\b",
    re.IGNORECASE,
)
_OFF_WORD = re.compile(r"\boff\b", re.IGNORECASE)
_ON_WORD = re.compile(r"\b(?:on|illuminate|activate|enable)\b|\blight\s+up\b", re.IGNORECASE)
_SWITCHING_VERB = re.compile(
    r"\b(?:kill|cut|shut|extinguish|douse|deactivate|disable|illuminate|activate|enable)\b", re.IGNORECASE
)
_CARRIERS = frozenset({"turn", "switch", "power", "set", "put", "light", "lights", "lamp"})
_SIDES = {"off": frozenset({"off", "disable", "disabled", "deactivate"}), "on": frozenset({"on", "enable", "enabled"})}


def side(text: str) -> Literal["on", "off"] | None:
    """Whether a request wants something on or off; None when it says neither."""
    if _OFF_WORD.search(text) or _OFF_VERB.search(text):
        return "off"
    return "on" if _ON_WORD.search(text) else None


def choose_side(values: Sequence[Any], text: str) -> Any:
    """The choice that means the wanted side, such as "turn_off" for "kill the lights"; None when there is none."""
    wanted = side(text)
    if wanted is None:
        return None
    for value in values:
        words = set(split_name(str(value)))
        if words & _SIDES[wanted] and words <= _SIDES[wanted] | _CARRIERS:
            return value
    return None


def without_switching(text: str) -> str:
    """The words of switching are no part of another parameter."""
    return re.sub(r"\boff\b", ",", _SWITCHING_VERB.sub(",", text), flags=re.IGNORECASE)
