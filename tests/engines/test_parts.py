from __future__ import annotations

from ovos_voice_agent.engines.parts import parts, sentences


def test_long_texts_are_cut_where_it_is_not_heard() -> None:
    text = "First sentence is here. " * 30
    cut = list(parts(text, 300))
    assert " ".join(cut) == text.strip()
    assert all(len(part) <= 300 and part.endswith(".") for part in cut)
    assert [len(part) for part in parts("x" * 700, 300)] == [300, 300, 100]
    assert list(parts("  ", 300)) == []
    assert all(part.endswith(",") for part in list(parts("some words, " * 60, 300))[:-1])


def test_sentences_come_one_by_one() -> None:
    assert list(sentences("One. Two! Is it three? four", 100)) == ["One.", "Two!", "Is it three?", "four"]
    assert list(sentences("One, two. " + "x" * 30, 20)) == ["One, two.", "x" * 20, "x" * 10]
    assert list(sentences(" ", 20)) == []
