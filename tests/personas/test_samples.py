"""Sentences to judge voices by."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.text_language import TextLanguage
from ovos_voice_agent.personas.samples import ANY_LANGUAGE, SENTENCES, sample_text
from ovos_voice_agent.protocol.languages import NAMES

DETECTED = ("de", "en", "es", "fi", "fr", "ja", "pl", "ru")


def test_each_is_a_sentence_of_a_language() -> None:
    assert set(SENTENCES) <= set(NAMES)
    assert len(SENTENCES) == len(set(SENTENCES.values())) >= 50
    assert all(text.rstrip()[-1] in ".。।" or text.endswith("۔") for text in SENTENCES.values())


@pytest.mark.parametrize("code", DETECTED)
def test_a_sentence_is_in_its_language(code: str) -> None:
    assert TextLanguage(DETECTED)(SENTENCES[code]) == code


def test_a_voice_without_a_sentence_counts() -> None:
    assert (sample_text("xh"), sample_text("no"), sample_text(None)) == (
        ANY_LANGUAGE,
        SENTENCES["nb"],
        SENTENCES["en"],
    )
