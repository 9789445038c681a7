from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.engines.tts.word_clock import WordClock


def test_a_word_ends_where_the_next_begins() -> None:
    clock = WordClock("Hello there, you")
    assert clock.mark(0, 0) == []
    assert clock.mark(6, 100) == [("Hello", 0, 100)]
    assert clock.mark(13, 250) == [("there,", 100, 250)]
    assert clock.since == 250
    assert clock.finish(400) == [("you", 250, 400)]


def test_words_without_a_mark_share_the_time_of_the_one_before() -> None:
    clock = WordClock("it is me")
    clock.mark(0, 0)
    assert clock.mark(6, 100) == [("it", 0, 50), ("is", 50, 100)]


def test_more_marks_in_one_word_change_nothing() -> None:
    clock = WordClock("42 cats")
    assert [clock.mark(0, 0), clock.mark(1, 50)] == [[], []]
    assert clock.mark(3, 90) == [("42", 0, 90)]


def test_lonely_punctuation_belongs_to_the_word_before() -> None:
    clock = WordClock("well — yes !")
    assert [word for word, _, _ in clock.finish(10)] == ["well —", "yes !"]
    assert WordClock("... 🙂").finish(10) == []


@given(
    st.text(st.sampled_from("ab .,!—\n"), max_size=40),
    st.lists(st.tuples(st.integers(-1, 60), st.integers(0, 1000)), max_size=10),
)
def test_no_word_is_lost_or_said_twice_whatever_the_marks(text: str, marks: list[tuple[int, int]]) -> None:
    clock = WordClock(text)
    spoken = [word for position, sample in sorted(marks, key=lambda m: m[1]) for word in clock.mark(position, sample)]
    spoken += clock.finish(1000)
    assert [word for word, _, _ in spoken] == [word for word, _, _ in WordClock(text).finish(1)]
    assert all(start <= end for _, start, end in spoken)
    assert [start for _, start, _ in spoken] == sorted(start for _, start, _ in spoken)
