"""Times and dates in sentences, and what is not about the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ovos_voice_agent.engines.llm.offline.clock import answer_time, say_time

NOON = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("what day is tomorrow", "Sunday, March 1"),
        ("what was the date yesterday", "Friday, February 27"),
        ("what's the time in atlantis", "do not know the time zone of Atlantis"),
        ("what month is it", "February"),
        ("do you know what the hour is", "12:00 PM"),
        ("what's the hour in tokyo", "9:00 PM in Tokyo"),
        ("which hour is it", "12:00 PM"),
        ("tell me the time and the date", "12:00 PM, on Saturday"),
    ],
)
def test_answers(text: str, part: str) -> None:
    assert part in (answer_time(text, NOON) or "")


@pytest.mark.parametrize("filler", [" right", " now", " please", " is it", " it is", " in a", " the"])
def test_long_noise_is_judged_without_backtracking_for_ever(filler: str) -> None:
    for start in ("what is the hour", "what time", "tell me what is the", "what's the time in a"):
        answer_time(start + filler * 500 + "?", NOON)


@pytest.mark.parametrize(
    "text",
    [
        "when was the last time it rained",
        "three times four",
        "it is time to go",
        "set a timer",
        "what is the rush hour",
        "what hour do they open",
        "",
    ],
)
def test_other_times(text: str) -> None:
    assert answer_time(text, NOON) is None


def test_midnight_is_twelve() -> None:
    assert say_time(NOON.replace(hour=0, minute=7)) == "12:07 AM"
