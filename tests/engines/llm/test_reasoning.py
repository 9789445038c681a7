"""Thinking is taken out of text however it is cut."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.llm.reasoning import ThinkFilter


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a < b</think>\n\nYes.", "Yes."),
        ("Yes <thinking>x</thinking> no", "Yes no"),
        ("a < b and <b>c</b>", "a < b and <b>c</b>"),
        ("<think>never closed", ""),
        ("odd</think> Yes", "oddYes"),
        ("ends with <thi", "ends with <thi"),
        ("<THINK>x</THINK>Y", "Y"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 99])
def test_filter(text: str, left: str, size: int) -> None:
    think = ThinkFilter()
    pieces = [think.push(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join(pieces) + think.finish() == left
