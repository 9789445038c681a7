"""Who answers: a name that clients choose as their `model`, with instructions, a voice, a language and engines of its
own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """An engine as `[engines.*]` names one: its name and its own options, unread."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"OwnEngine(name={self.name!r}, options={sorted(self.options)})"  # names only: values may be keys


@dataclass(frozen=True, slots=True)
class Persona:
    """`model` is the language model's own name for what answers, `voice` a voice by the name that clients use,
    `language` a code or "auto"; empty: whatever is configured.

    `first_message` is what it says when a session begins, empty: it waits to be spoken to. `engines` by stage ("stt",
    "llm", "tts") take the place of those configured.
    """

    name: str
    instructions: str
    voice: str = ""
    model: str = ""
    language: str = ""
    first_message: str = ""
    engines: Mapping[str, OwnEngine] = field(default_factory=dict)
