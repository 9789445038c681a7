"""Conditions on JSON values."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.conformance.patterns import MISSING, brief, json_type, look_up, mismatch, mismatches, resolve

EVENT = {"item": {"content": [{"text": "hi"}, {"text": "you"}], "status": None}, "n": 3}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("n", 3),
        ("item.content[1].text", "you"),
        ("item.status", None),
        ("item.content[2].text", MISSING),
        ("n.x", MISSING),
    ],
)
def test_paths_lead_to_values(path: str, value: Any) -> None:
    assert look_up(EVENT, path) is value or look_up(EVENT, path) == value


def test_names_and_nulls_are_filled_in() -> None:
    assert resolve({"a": "$null", "b": ["$item", "$"[:0]]}, {"item": "item_1"}) == {"a": None, "b": ["item_1", ""]}
    with pytest.raises(KeyError):
        resolve("$nobody", {})


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (3, 3),
        (None, "$null"),
        ("item_1", "$item"),
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1.0000001, 2], [1, 2]),
        ("abc", {"matches": "^a"}),
        (5, {"at_least": 5, "at_most": 6}),
        (None, {"is": ["null", "string"]}),
        (None, {"one_of": ["$null"]}),
        ("x", {"not": "y"}),
        ([], {"length": 0}),
        (MISSING, {"present": False}),
    ],
)
def test_conditions_that_hold(value: Any, condition: Any) -> None:
    assert mismatch(value, condition, {"item": "item_1"}) is None


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        (True, 1),
        (1, True),
        ("3", 3),
        ({"a": 1}, {"b": 1}),
        ([1], [1, 2]),
        (4, {"at_least": 5}),
        (True, {"at_least": 0}),
        (MISSING, {"present": True}),
        ("x", {"is": "integer"}),
    ],
)
def test_conditions_that_do_not_hold(value: Any, condition: Any) -> None:
    assert mismatch(value, condition, {}) is not None


def test_each_mismatch_names_its_path() -> None:
    assert mismatches(EVENT, {"n": 4, "item.status": "$null"}, {}) == ["n is 3, expected 4"]


def test_types_have_their_json_names() -> None:
    values = [None, True, "", 1, 1.5, [], {}, MISSING]
    names = ["null", "boolean", "string", "integer", "number", "array", "object", "missing"]
    assert [json_type(value) for value in values] == names


def test_long_values_are_shortened() -> None:
    assert len(brief("x" * 1000)) < 200
