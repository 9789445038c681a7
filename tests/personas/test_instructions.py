"""The default instructions keep to their own advice."""

from __future__ import annotations

from ovos_voice_agent.personas.instructions import SPOKEN


def test_they_are_short_enough_for_a_small_model() -> None:
    assert len(SPOKEN.split()) < 250


def test_they_say_what_matters_for_a_voice() -> None:
    for word in ("speech", "short", "markdown", "misheard", "interrupted", "tools", "language"):
        assert word in SPOKEN
