"""What the words so far say about a pause."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.turn.transcript import Eagerness, look_of, wait_after


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("", "wordless"),
        (" … ", "wordless"),
        ("Turn on the light.", "finished"),
        ("what time is it", "finished"),
        ("yes", "finished"),
        ("oh yes", "finished"),
        ("Is that what you were looking for?", "finished"),
        ("go forward ten meters", "unclear"),
        ("what about", "unfinished"),
        ("go forward and", "unfinished"),
        ("I would like a.", "unfinished"),
        ("I was thinking um", "unfinished"),
        ("well, I think that,", "unfinished"),
        ("so I told him...", "unfinished"),
        ("my number is five five", "number"),
        ("it is 555 12", "number"),
        ("ten", "unclear"),
        ("Call 555 1234.", "finished"),
        ("今日はいい天気です。", "finished"),
    ],
)
def test_the_end_of_a_text_has_a_look(text: str, look: str) -> None:
    assert look_of(text) == look


def test_word_lists_are_english_and_marks_are_not() -> None:
    assert look_of("das ist der Hut und so", english=False) == "unclear"
    assert wait_after("c'est bon.", "auto", "fr-FR").look == "finished"
    assert wait_after("go to the", "auto", "en-GB").look == "unfinished"


@pytest.mark.parametrize(("eagerness", "cap_ms"), [("low", 8000), ("medium", 4000), ("auto", 4000), ("high", 2000)])
def test_no_wait_is_longer_than_its_cap(eagerness: Eagerness, cap_ms: int) -> None:
    texts = ["", "yes.", "go there", "five five", "and the"]
    waits = [wait_after(text, eagerness).ms for text in texts]
    assert max(waits) == cap_ms
    assert 400 <= wait_after("What time is it?", eagerness).ms <= 600


def test_the_eager_answer_sooner() -> None:
    for text in ["", "yes.", "go there", "five five", "and the"]:
        high, medium, low = (wait_after(text, eagerness).ms for eagerness in ("high", "medium", "low"))
        assert high < medium < low
