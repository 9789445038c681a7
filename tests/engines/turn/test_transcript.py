"""What the words so far say about a pause."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.turn.endings import ending_log_odds
from ovos_voice_agent.engines.turn.transcript import Said, look_of, said


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("", "wordless"),
        (" … ", "wordless"),
        ("Turn on the light.", "finished"),
        ("what time is it", "finished"),
        ("yes", "finished"),
        ("no", "finished"),
        ("oh no.", "finished"),
        ("there is no", "unfinished"),
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
    assert said("das ist der Hut und so", "de") == Said(6, "unclear")
    assert said("c'est bon.", "fr-FR") == Said(2, "finished")
    assert said("go to the", "en-GB") == Said(3, "unfinished", ending_log_odds("the"))


def test_english_is_taken_for_granted() -> None:
    assert said("The Lamp") == Said(2, "unclear", ending_log_odds("lamp"))
    assert said("") == Said(0, "wordless")
