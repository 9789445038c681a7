"""Words, stems and spoken numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.engines.llm.offline.words import numbers, say_number, split_name, stem


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("one thousand two hundred and thirty four", [1234]),
        ("twenty-one", [21]),
        ("a hundred", [100]),
        ("three million", [3_000_000]),
        ("two two", [2, 2]),
        ("1,250.5 and 3 thousand", [Fraction(2501, 2), 3000]),
        ("minus four", [-4]),
        ("nothing here", []),
    ],
)
def test_numbers(text: str, values: list[Fraction]) -> None:
    assert [value for value, _, _ in numbers(text)] == values


@given(st.fractions(min_value=-(10**20), max_value=10**20))
def test_every_number_can_be_said(value: Fraction) -> None:
    assert say_number(value)


def test_names_and_stems() -> None:
    assert split_name("getHTTP_statusCode2") == ["get", "http", "status", "code2"]
    assert stem("lights") == stem("lighting") == "light"
    assert stem("colours") == stem("color")
