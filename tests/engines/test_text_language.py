"""The language of short texts: found, or left open, but never wrong."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.text_language import COMMON, TextLanguage

SAID = {
    "en": ["yes", "thank you", "what time is it", "tell me more", "how are you", "I don't know", "play some music"],
    "de": ["nein danke", "danke", "wie spät ist es", "erzähl mir mehr", "und dann?", "wer bist du", "mach licht an"],
    "fr": ["merci", "quelle heure est-il", "et ensuite ?", "comment ça va", "qui es-tu", "éteins la lumière"],
    "es": ["hola", "gracias", "qué hora es", "cuéntame más", "¿y luego?", "quién eres", "apaga la luz"],
}
OPEN = ["", "42", "?!", "okay", "Taxi", "no", "stop", "🙂"]


@pytest.fixture(scope="module")
def four() -> TextLanguage:
    detector = TextLanguage(list(SAID))
    detector.load()
    return detector


@pytest.mark.parametrize("language", SAID)
def test_short_requests_are_told_apart(four: TextLanguage, language: str) -> None:
    assert {text: four(text) for text in SAID[language]} == dict.fromkeys(SAID[language], language)


@pytest.mark.parametrize("text", OPEN)
def test_what_nobody_can_tell_is_left_open(four: TextLanguage, text: str) -> None:
    assert four(text) is None


def test_only_the_given_languages_are_found() -> None:
    detector = TextLanguage(["en", "nb"])
    assert detector("hvor er du nå, og hva gjør du der") == "nb"
    assert detector("What are you doing there?") == "en"
    assert detector("qué hora es") in {None, "en", "nb"}


def test_a_word_of_two_languages_proves_nothing() -> None:
    assert TextLanguage(["de", "nl"])("ja") is None
    assert TextLanguage(["de", "en"])("ja") == "de"


@pytest.mark.parametrize("languages", [[], ["de"], ["de", "de"]])
def test_without_a_choice_nothing_is_told(languages: list[str]) -> None:
    assert TextLanguage(languages)("wie spät ist es") is None


def test_a_language_that_the_model_does_not_know_leaves_its_words_alone() -> None:
    detector = TextLanguage(["de", "xx"])
    assert detector("the quick brown fox jumps over the lazy dog") is None
    assert detector("danke") == "de"


def test_the_table_of_words_has_whole_words_only() -> None:
    assert all(word == word.lower() and word.isprintable() for words in COMMON.values() for word in words)
