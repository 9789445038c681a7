"""Switching on and off in many words."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.engines.llm.offline.switching import choose_side, side, without_switching


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("kill the lamp", "off"),
        ("put the fire out", "off"),
        ("switch it off", "off"),
        ("switch it on", "on"),
        ("lights on while out", "on"),
        ("light up the hall", "on"),
        ("how is the lamp", None),
    ],
)
def test_side(text: str, wanted: str | None) -> None:
    assert side(text) == wanted


@pytest.mark.parametrize(
    ("values", "found"), [(["power_on", "power_off"], "power_off"), (["disabled"], "disabled"), (["off_peak", 3], None)]
)
def test_the_choice_that_means_it(values: list[Any], found: str | None) -> None:
    assert choose_side(values, "shut the heater down") == found


def test_the_words_of_switching_are_taken_away() -> None:
    assert without_switching("shut off the hall").strip(" ,") == "the hall"
