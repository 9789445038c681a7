"""Who answers: a name that clients choose as their `model`, with instructions and a voice of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Persona:
    """`model` is the language model's own name for what answers, `voice` a voice by the name that clients use; empty:
    whatever is configured."""

    name: str
    instructions: str
    voice: str = ""
    model: str = ""
