from __future__ import annotations

import pytest

from ovos_voice_agent.engines.stt.sherpa_worker import words

pytestmark = pytest.mark.extra


def test_tokens_are_joined_to_words() -> None:
    found = list(words(["▁HE", "LL", "O", "▁", "THERE"], [0.1, 0.2, 0.3, 0.8, 0.9], 1.5))
    assert found == [("hello", 0.1, 0.8), ("there", 0.8, 1.5)]


def test_a_pause_is_no_part_of_a_word() -> None:
    [(_, _, end_s), _] = words([" a", " b"], [0.0, 9.0], 10.0)
    assert end_s == 1.0


def test_nothing_heard_has_no_words() -> None:
    assert list(words([], [], 1.0)) == []
