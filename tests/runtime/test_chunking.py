"""Phrases: where they end, and that they are the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.runtime.chunking import LIMIT, Phrase, PhraseCutter


def cut(text: str, size: int = 1_000_000) -> list[Phrase]:
    cutter = PhraseCutter()
    phrases = [phrase for at in range(0, len(text), size) for phrase in cutter.push(text[at : at + size])]
    return phrases + cutter.finish()


def texts(text: str) -> list[str]:
    return [phrase.text.strip() for phrase in cut(text)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Hello! How are you?", ["Hello!", "How are you?"]),
        ("Well, I think so, and more. Yes.", ["Well, I think so,", "and more.", "Yes."]),
        (
            "Mr. Li and J. Doe left the U.S. at 10:30 a.m. today.",
            ["Mr. Li and J. Doe left the U.S. at 10:30 a.m. today."],
        ),
        ("It is 3.14, or so.", ["It is 3.14,", "or so."]),
        ("It costs 3,000 dollars, yes.", ["It costs 3,000 dollars,", "yes."]),
        ("See https://a.b/c?d=1,2!x for more.", ["See https://a.b/c?d=1,2!x for more."]),
        ("1. Take bread\n2. Eat it", ["1. Take bread", "2. Eat it"]),
        (
            "This is the code:\n```\na. b! c\n\nd, e\n```\nDone.",
            ["This is the code:", "```\na. b! c\n\nd, e\n```\nDone."],
        ),
        ("| a | b. |\n|---|---|\n| c! | d |\nAnd so on.", ["| a | b. |\n|---|---|\n| c! | d |", "And so on."]),
        ("你好。今天天气很好！", ["你好。", "今天天气很好！"]),
        ("Use `a, b. c` or [one, two](http://x.y/z) now.", ["Use `a, b. c` or [one, two](http://x.y/z) now."]),
    ],
)
def test_cuts(text: str, phrases: list[str]) -> None:
    assert texts(text) == phrases


def test_a_first_phrase_without_clause_ends_at_a_word() -> None:
    first = texts("word " * 40)[0]
    assert 40 <= len(first) <= 60


def test_a_clause_goes_out_before_the_next_delta() -> None:
    assert [phrase.text for phrase in PhraseCutter().push("Sure, I can do that,")] == ["Sure, I can do that,"]


@given(st.text(alphabet="ab .,!?\n`|[]()#-1:。，é", max_size=400), st.integers(1, 9))
def test_phrases_are_the_text_however_it_is_cut(text: str, size: int) -> None:
    phrases = cut(text, size)
    assert "".join(phrase.text for phrase in phrases) == text
    assert [phrase.start for phrase in phrases] == [0, *(phrase.end for phrase in phrases)][: len(phrases)]
    assert all(phrase.text == text[phrase.start : phrase.end] for phrase in phrases)
    assert phrases == cut(text)


@given(st.text(alphabet="abcdefgh ", min_size=300, max_size=900))
def test_plain_text_is_never_longer_than_the_limit(text: str) -> None:
    assert all(len(phrase.text) <= LIMIT for phrase in cut(text))
