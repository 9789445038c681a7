"""Words in time, told from text and sound alone."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio.pcm import FloatSamples
from ovos_voice_agent.runtime.word_times import WordTimes
from tests.runtime.word_errors import SENTENCES, measure

RATE_HZ = 16_000


def sound(*parts: float) -> FloatSamples:
    """So many seconds of sound, of silence, of sound, ..."""
    pieces = [(0.3 if number % 2 == 0 else 0.0) * np.ones(round(s * RATE_HZ)) for number, s in enumerate(parts)]
    samples = np.concatenate(pieces).astype(np.float32)
    samples[::2] *= -1
    return samples


def starts(text: str, *parts: float, pace: float = 1.0) -> list[tuple[str, float]]:
    times = WordTimes(text, RATE_HZ, pace)
    times.push(sound(*parts))
    return [(word.text, round(word.start_s, 1)) for word in times.finish()]


def test_words_share_the_time_by_their_length() -> None:
    assert starts("four four longerer", 2.0) == [("four", 0.0), ("four", 0.5), ("longerer", 1.0)]


def test_a_pause_stands_where_the_comma_is() -> None:
    assert starts("one, two three four", 0.2, 0.5, 2.0) == [("one,", 0.0), ("two", 0.7), ("three", 1.2), ("four", 2.0)]


def test_of_two_commas_the_pause_belongs_to_the_likelier_one() -> None:
    assert [start for _, start in starts("one, two two two, three", 1.5, 0.4, 0.6)][-1] == 1.9
    assert [start for _, start in starts("one, two two two, three", 0.4, 0.4, 1.7)][1] == 0.8


def test_silence_before_and_after_is_no_speech() -> None:
    assert starts("one two", 0.0, 0.5, 1.0, 3.0) == [("one", 0.5), ("two", 1.0)]


def test_signs_belong_to_their_words() -> None:
    words = [word for word, _ in starts("« Bonjour ! » – dit-il ; c'est l'heure…", 2.0)]
    assert words == ["Bonjour ! » –", "dit-il ;", "c'est", "l'heure…"]


def test_scripts_without_spaces_go_by_characters() -> None:
    assert [word for word, _ in starts("你好,世界", 1.0)] == ["你", "好,", "世", "界"]
    assert [word for word, _ in starts("Die 3 Äpfel", 1.0)] == ["Die", "3", "Äpfel"]


def test_on_the_way_only_what_has_begun_is_told_and_never_too_much() -> None:
    times = WordTimes("one two three four five six", RATE_HZ)
    assert times.so_far() == ()
    counts = []
    for _ in range(20):
        times.push(sound(0.1))
        counts.append(len(times.so_far()))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, 6)


def test_the_pace_of_one_phrase_is_that_of_the_next() -> None:
    slow = WordTimes("one two three four", RATE_HZ)
    slow.push(sound(4.0))
    assert slow.finish()[-1].end_s == pytest.approx(4.0, abs=0.02)
    assert slow.pace > 2
    following = WordTimes("one two three four", RATE_HZ, slow.pace)
    following.push(sound(1.2))
    assert len(following.so_far()) == 2


@pytest.mark.parametrize(("text", "seconds"), [("", 1.0), ("...", 1.0), ("one two", 0.0)])
def test_without_words_or_sound_there_is_nothing(text: str, seconds: float) -> None:
    assert starts(text, seconds) == []


def test_silence_for_words_is_shared_as_well() -> None:
    assert [word for word, _ in starts("one two", 0.0, 1.0)] == ["one", "two"]


@pytest.mark.real
def test_estimates_are_close_to_what_espeak_tells() -> None:
    """Measured: 40 ms at the median, 117 ms at nine in ten; while the audio still comes 32 and 156 ms."""
    at_the_end, on_the_way, count = [], [], 0
    for _, errors in measure():
        at_the_end += errors.at_the_end
        on_the_way += errors.on_the_way
        count += 1
    assert count >= 50
    assert len(SENTENCES) >= 10
    assert np.median(at_the_end) < 60
    assert np.percentile(at_the_end, 90) < 150
    assert np.median(on_the_way) < 60
