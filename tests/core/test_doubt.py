"""Words that take the floor, and words that only show that somebody listens."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core.doubt import BACKCHANNELS, takes_floor, wanted_words, words_of
from ovos_voice_agent.protocol.settings import SemanticVad, ServerVad, TurnDetection


@pytest.mark.parametrize(
    ("setting", "detecting", "wanted"),
    [
        (None, ServerVad(), 0),
        (None, SemanticVad(), 1),
        (None, None, 0),
        (0, SemanticVad(), 0),
        (3, ServerVad(), 3),
    ],
)
def test_the_kind_of_detection_decides_unless_it_is_configured(
    setting: int | None, detecting: TurnDetection | None, wanted: int
) -> None:
    assert wanted_words(setting, detecting) == wanted


@pytest.mark.parametrize("text", ["stop", "Wait!", "no", "yeah but", "okay what about tomorrow", "ja aber", "Nein."])
def test_words_take_the_floor(text: str) -> None:
    assert takes_floor(text, 1)


@pytest.mark.parametrize("text", ["", "...", "uh-huh", "Yeah. Right.", "I see", "mhm, okay", "d’accord", "ach so"])
def test_who_listens_does_not(text: str) -> None:
    assert not takes_floor(text, 1)


def test_fewer_words_than_wanted_do_not() -> None:
    assert not takes_floor("stop it", 3)
    assert takes_floor("stop it now", 3)
    assert not takes_floor("yeah yeah yeah", 3)


def test_lists_are_by_language_where_it_is_known() -> None:
    assert takes_floor("genau", 1, "en-US")
    assert not takes_floor("genau", 1, "de-AT")
    assert not takes_floor("okay", 1, "xx"), "everybody's"


def test_half_a_phrase_is_none() -> None:
    assert takes_floor("I see it", 1)
    assert takes_floor("of", 1)


@pytest.mark.parametrize("text", ["I", "okay, of", "Got", "uh-huh, all"])
def test_what_may_become_a_sign_of_listening_is_waited_for_while_words_come(text: str) -> None:
    assert not takes_floor(text, 1, "en", more=True)
    assert takes_floor(text, 1, "en")


@pytest.mark.parametrize("text", ["I want", "of course not", "get", "see I"])
def test_what_can_be_none_any_more_is_not_waited_for(text: str) -> None:
    assert takes_floor(text, 1, "en", more=True)


def test_words_are_small_and_without_marks() -> None:
    assert words_of("D’accord — it's 9 o'clock, Mm-hm!") == ["d'accord", "it's", "9", "o'clock", "mm-hm"]


@pytest.mark.parametrize("language", [language for language in BACKCHANNELS if language])
def test_every_listed_phrase_is_made_of_words_as_they_are_found(language: str) -> None:
    for phrase in BACKCHANNELS[language].split():
        text = phrase.replace("_", " ")
        assert not takes_floor(text, 1, language), text
