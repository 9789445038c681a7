"""How much of a text was heard when playback stopped, by phrases, by word times and by length."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core.engine_events import WordStarted
from ovos_voice_agent.core.playback import Playback

TEXT = "One two three. Four five."
#       0123456789012345678901234


def spoken(*, complete: bool = True) -> Playback:
    """Two phrases of a second each, at 8 kHz, without word times."""
    playback = Playback(8_000)
    playback.phrase(0, 14)
    playback.audio(8_000, ())
    playback.phrase(15, 25)
    playback.audio(8_000, ())
    if complete:
        playback.finish()
    return playback


@pytest.mark.parametrize(
    ("at_ms", "heard"),
    [
        (0, ""),
        (100, ""),
        (300, "One"),
        (999, "One two"),
        (1000, "One two three."),
        (1001, "One two three."),
        (1500, "One two three. Four"),
        (2000, TEXT),
        (9000, TEXT),
    ],
)
def test_without_word_times_length_decides(at_ms: int, heard: str) -> None:
    assert TEXT[: spoken().heard(at_ms, TEXT)].rstrip() == heard


def test_a_phrase_in_progress_is_taken_to_last_as_long_as_speech_does() -> None:
    playback = Playback(8_000)
    playback.phrase(0, 25)
    playback.audio(4_000, ())
    assert TEXT[: playback.heard(500, TEXT)] == "One two"  # 7.5 characters in half a second.


def test_a_phrase_in_progress_that_is_longer_than_guessed_is_heard_to_its_end_at_its_end() -> None:
    playback = spoken(complete=False)
    assert playback.heard(2000, TEXT) == 25


def test_a_word_counts_when_half_of_it_was_heard() -> None:
    playback = Playback(8_000)
    playback.phrase(0, 14)
    playback.audio(4_000, (WordStarted(3, 0), WordStarted(7, 2_000)))
    playback.audio(4_000, (WordStarted(14, 4_000),))
    assert [playback.heard(at_ms, TEXT) for at_ms in (124, 125, 374, 375, 749, 750)] == [0, 3, 3, 7, 7, 14]
    playback.finish()
    assert playback.heard(1000, TEXT) == 14


def test_the_next_estimate_of_words_takes_the_place_of_the_last() -> None:
    playback = Playback(8_000)
    playback.estimate((WordStarted(3, 0),))
    playback.phrase(0, 14)
    playback.audio(8_000, ())
    playback.estimate((WordStarted(3, 0), WordStarted(7, 1_000)))
    playback.estimate((WordStarted(3, 0), WordStarted(7, 2_000), WordStarted(14, 4_000)))
    playback.finish()
    assert [playback.heard(at_ms, TEXT) for at_ms in (124, 125, 374, 375, 749, 750)] == [0, 3, 3, 7, 7, 14]


def test_audio_before_any_phrase_speaks_nothing() -> None:
    playback = Playback(24_000)
    playback.audio(25, ())
    playback.finish()
    assert playback.milliseconds() == 2
    assert playback.heard(2, TEXT) == 0


def test_a_phrase_without_audio_or_text() -> None:
    playback = Playback(24_000)
    playback.phrase(0, 0)
    playback.audio(2400, ())
    assert playback.heard(50, TEXT) == 0


def test_words_are_told_by_their_place_in_the_whole_audio() -> None:
    playback = spoken(complete=False)
    words = (WordStarted(19, 0), WordStarted(25, 4_000))
    assert playback.timed(words, whole=True) == (1000, [(19, 1000), (25, 1500)])
    assert playback.timed(words[1:], whole=False) == (1500, [(25, 1500)])
