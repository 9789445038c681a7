"""Facts, names and who said what."""

from __future__ import annotations

from ovos_voice_agent.engines.llm.offline.memory import Said, acknowledge, is_question, recall, turn_round, who_said

PAST = [
    Said("user", "my cat likes tuna"),
    Said("assistant", "All right."),
    Said("user", "the spare key hangs in the shed"),
]


def test_persons_are_turned_round() -> None:
    assert turn_round("my key and I") == "your key and you"


def test_questions_are_no_facts() -> None:
    assert is_question("where is it")
    assert acknowledge("is my name Ana?") is None


def test_a_fact_is_found_by_its_words() -> None:
    assert "tuna" in (recall("what does my cat like?", PAST) or "")
    assert recall("what is a neutron", PAST) is None


def test_who_said_what() -> None:
    assert who_said("what did I say first", PAST) == "You said: my cat likes tuna."
    assert who_said("what did you say", PAST) == "I said: All right."
    assert who_said("hello", PAST) is None
