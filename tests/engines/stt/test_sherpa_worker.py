from __future__ import annotations

import os
from pathlib import Path

import pytest

from ovos_voice_agent.engines.stt.sherpa_worker import knows_only_capitals, quiet, term_in_letters, words

pytestmark = pytest.mark.extra


def test_tokens_are_joined_to_words() -> None:
    found = list(words(["▁HE", "LL", "O", "▁", "THERE"], [0.1, 0.2, 0.3, 0.8, 0.9], 1.5))
    assert found == [("hello", 0.1, 0.8), ("there", 0.8, 1.5)]


def test_a_pause_is_no_part_of_a_word() -> None:
    [(_, _, end_s), _] = words([" a", " b"], [0.0, 9.0], 10.0)
    assert end_s == 1.0


def test_nothing_heard_has_no_words() -> None:
    assert list(words([], [], 1.0)) == []


def test_models_of_capitals_are_known_by_their_tokens(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.txt"
    tokens.write_text("<blk> 0\n▁THE 1\nS 2\n", encoding="utf-8")
    assert knows_only_capitals(tokens)
    tokens.write_text("<blk> 0\n▁THE 1\ns 2\n", encoding="utf-8")
    assert not knows_only_capitals(tokens)


@pytest.mark.parametrize(
    ("term", "letters"), [("Aleph Null", "Aleph Null"), ("ratio :2 #x", "ratio 2 x"), ("and/or", "and or"), ("@", "")]
)
def test_terms_are_kept_from_the_meaning_of_signs(term: str, letters: str) -> None:
    assert term_in_letters(term) == letters


def test_nothing_is_printed_where_it_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"within")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
