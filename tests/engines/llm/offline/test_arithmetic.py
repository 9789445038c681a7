"""Sums in words and signs, with their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.engines.llm.offline.arithmetic import find_sum


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("what's eleven times eleven", "121"),
        ("12.5% of 64", "8"),
        ("what is the square root of one hundred sixty nine", "13"),
        ("subtract eight from thirty", "22"),
        ("a quarter of two hundred", "50"),
        ("two thirds of 90", "60"),
        ("(3 + 4) * 5 - 2^3", "27"),
        ("minus four times three", "minus 12"),
        ("seven thousand two hundred and six plus four", "7210"),
        ("three point one four times two", "6.28"),
        ("to plus for", "6"),
        ("the average of ten, twenty and thirty", "20"),
        ("10 / 3", "about 3.3333"),
        ("six cubed", "216"),
    ],
)
def test_values(text: str, value: str) -> None:
    found = find_sum(text)
    assert found is not None
    assert found.sentence.endswith(f" is {value}.")


@pytest.mark.parametrize(
    "text", ["what time is it", "two dogs and three cats", "ring 555-0199", "five", "sometimes I wonder", ""]
)
def test_what_is_no_sum(text: str) -> None:
    assert find_sum(text) is None


@pytest.mark.parametrize(
    "text", ["9 ** 9 ** 9", "2^100000", "5 / 0", "7 mod 0", "0 ^ -1", "square root of -4", "999 factorial"]
)
def test_bounds_are_told(text: str) -> None:
    found = find_sum(text)
    assert found is not None
    assert found.value is None
    assert found.why


@given(st.text(alphabet="0123456789+-*/^%().! ofandtwotimes", max_size=60))
def test_nothing_breaks_it(text: str) -> None:
    found = find_sum(text)
    assert found is None or found.sentence


@given(st.integers(-999, 999), st.integers(1, 999), st.sampled_from(["plus", "minus", "times"]))
def test_whole_numbers_are_exact(left: int, right: int, sign: str) -> None:
    wanted = {"plus": left + right, "minus": left - right, "times": left * right}[sign]
    found = find_sum(f"what is {left} {sign} {right}")
    assert found is not None
    assert found.value == wanted
