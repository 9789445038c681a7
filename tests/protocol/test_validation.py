"""Shapes, each with its errors word for word (protocol.md 7.6)."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.validation import (
    Anything,
    ByType,
    Decimal,
    Fields,
    Flag,
    Integer,
    JsonObject,
    ListOf,
    Nullable,
    OneOf,
    Shape,
    StringMap,
    Text,
    lenient,
    quoted,
    type_name,
)

PAIR = Fields({"a": Integer(), "b": Nullable(Text())}, required=("a",), ignored=frozenset({"id"}))
KINDS = ByType("type", {"x": Fields({"type": Anything(), "n": Integer()}), "y": Fields({"type": Anything()})})

TAKEN: list[tuple[Shape, Any, Any]] = [
    (Text(), "", ""),
    (Text(longest=3), "abc", "abc"),
    (OneOf(("a", "b")), "b", "b"),
    (Flag(), False, False),
    (Integer(0, 5), 5, 5),
    (Integer(), 3.0, 3),
    (Integer(floor=True), 3.9, 3),
    (Decimal(0, 1), 1, 1),
    (Decimal(0, 1), 0.25, 0.25),
    (Nullable(Flag()), None, None),
    (Nullable(Flag()), True, True),
    (ListOf(Integer(), longest=2, shortest=1), [1, 2.0], [1, 2]),
    (JsonObject(), {"any": 1}, {"any": 1}),
    (Anything(), None, None),
    (StringMap(2, 3, 3), {"abc": "def"}, {"abc": "def"}),
    (PAIR, {"a": 1, "id": "dropped"}, {"a": 1}),
    (PAIR, {"a": 1, "b": None}, {"a": 1, "b": None}),
    (KINDS, {"type": "x", "n": 1}, {"type": "x", "n": 1}),
    (ByType("type", {"x": Fields({"n": Integer()})}, default="x"), {"n": 1}, {"n": 1}),
]


@pytest.mark.parametrize(("shape", "value", "taken"), TAKEN)
def test_what_is_taken(shape: Shape, value: Any, taken: Any) -> None:
    assert shape(value, "p") == taken


WRONG_TYPE = "Invalid type for 'p': expected {}, but got {} instead."
LENGTH = "Invalid 'p': {}. Expected {} with {} length {}, but got {} with length {} instead."
BOUND = "Invalid 'p': {} {} value. Expected a value {} {}, but got {} instead."

REFUSED: list[tuple[Shape, Any, str, str, str]] = [
    (Text(), 5, "invalid_type", WRONG_TYPE.format("a string", "an integer"), "p"),
    (
        Text(3),
        "abcd",
        "string_above_max_length",
        LENGTH.format("string too long", "a string", "maximum", 3, "a string", 4),
        "p",
    ),
    (
        Text(shortest=1),
        "",
        "string_below_min_length",
        LENGTH.format("string too short", "a string", "minimum", 1, "a string", 0),
        "p",
    ),
    (OneOf(("a", "b", "c")), "d", "invalid_value", "Invalid value: 'd'. Supported values are: 'a', 'b', and 'c'.", "p"),
    (OneOf(("a",)), 1, "invalid_type", WRONG_TYPE.format("one of 'a'", "an integer"), "p"),
    (Flag(), 1, "invalid_type", WRONG_TYPE.format("a boolean", "an integer"), "p"),
    (Flag(), None, "invalid_type", WRONG_TYPE.format("a boolean", "null"), "p"),
    (Integer(), True, "invalid_type", WRONG_TYPE.format("an integer", "a boolean"), "p"),
    (Integer(), 1.5, "invalid_type", WRONG_TYPE.format("an integer", "a decimal"), "p"),
    (Integer(), "1", "invalid_type", WRONG_TYPE.format("an integer", "a string"), "p"),
    (Integer(floor=True), float("inf"), "invalid_type", WRONG_TYPE.format("an integer", "a decimal"), "p"),
    (Integer(1), 0, "integer_below_min_value", BOUND.format("integer", "below minimum", ">=", 1, 0), "p"),
    (
        Integer(1, 4096),
        4097,
        "integer_above_max_value",
        BOUND.format("integer", "above maximum", "<=", 4096, 4097),
        "p",
    ),
    (Decimal(0.25), 0.1, "decimal_below_min_value", BOUND.format("decimal", "below minimum", ">=", 0.25, 0.1), "p"),
    (Decimal(0, 1.5), 2, "decimal_above_max_value", BOUND.format("decimal", "above maximum", "<=", 1.5, 2), "p"),
    (Decimal(), True, "invalid_type", WRONG_TYPE.format("a decimal", "a boolean"), "p"),
    (ListOf(Text()), {}, "invalid_type", WRONG_TYPE.format("an array", "an object"), "p"),
    (
        ListOf(Text()),
        ["a", 1],
        "invalid_type",
        "Invalid type for 'p[1]': expected a string, but got an integer instead.",
        "p[1]",
    ),
    (
        ListOf(Text(), 1),
        ["", ""],
        "array_above_max_length",
        LENGTH.format("array too long", "an array", "maximum", 1, "an array", 2),
        "p",
    ),
    (
        ListOf(Text(), None, 1),
        [],
        "array_below_min_length",
        LENGTH.format("array too short", "an array", "minimum", 1, "an array", 0),
        "p",
    ),
    (JsonObject(), [], "invalid_type", WRONG_TYPE.format("an object", "an array"), "p"),
    (
        StringMap(1, 9, 9),
        {"a": "", "b": ""},
        "object_above_max_properties",
        (
            "Invalid 'p': too many properties. Expected an object with at most 1 properties, "
            "but got an object with 2 properties instead."
        ),
        "p",
    ),
    (
        StringMap(1, 2, 9),
        {"abc": ""},
        "string_above_max_length",
        LENGTH.format("string too long", "a string", "maximum", 2, "a string", 3),
        "p",
    ),
    (
        StringMap(1, 9, 2),
        {"a": "abc"},
        "string_above_max_length",
        LENGTH.format("string too long", "a string", "maximum", 2, "a string", 3),
        "p",
    ),
    (StringMap(1, 9, 9), {"a": 1}, "invalid_type", WRONG_TYPE.format("a string", "an integer"), "p"),
    (PAIR, {}, "missing_required_parameter", "Missing required parameter: 'p.a'.", "p.a"),
    (PAIR, {"a": 1, "c": 1}, "unknown_parameter", "Unknown parameter: 'p.c'.", "p.c"),
    (KINDS, {"n": 1}, "missing_required_parameter", "Missing required parameter: 'p.type'.", "p.type"),
    (KINDS, {"type": "z"}, "invalid_value", "Invalid value: 'z'. Supported values are: 'x' and 'y'.", "p.type"),
    (KINDS, {"type": "y", "n": 1}, "unknown_parameter", "Unknown parameter: 'p.n'.", "p.n"),
]


@pytest.mark.parametrize(("shape", "value", "code", "message", "param"), REFUSED)
def test_what_is_refused(shape: Shape, value: Any, code: str, message: str, param: str) -> None:
    with pytest.raises(ClientError) as caught:
        shape(value, "p")
    assert (caught.value.code, caught.value.message, caught.value.param) == (code, message, param)
    assert caught.value.type == "invalid_request_error"


def test_at_the_top_paths_have_no_dot() -> None:
    for shape, value, param in ((PAIR, {}, "a"), (PAIR, {"a": 1, "c": 1}, "c"), (KINDS, {"type": "z"}, "type")):
        with pytest.raises(ClientError) as caught:
            shape(value, "")  # type: ignore[operator]
        assert caught.value.param == param


def test_lists_in_messages() -> None:
    assert [quoted(values) for values in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "'a'",
        "'a' and 'b'",
        "'a', 'b', and 'c'",
    ]


def test_types_have_articles() -> None:
    names = [type_name(value) for value in (None, True, 1, 1.5, "", [], {})]
    assert names == ["null", "a boolean", "an integer", "a decimal", "a string", "an array", "an object"]


def test_lenient_shapes_tell_and_drop_what_nobody_knows_at_any_depth() -> None:
    unknown: list[str] = []
    shape = Fields({"one": Nullable(KINDS), "many": ListOf(PAIR), "plain": str})  # type: ignore[dict-item]
    value = {"one": {"type": "y", "n": 1}, "many": [{"a": 1, "c": 2}], "new": 3}
    assert lenient(shape, unknown.append)(value, "p") == {"one": {"type": "y"}, "many": [{"a": 1}]}
    assert unknown == ["p.one.n", "p.many[0].c", "p.new"]
    with pytest.raises(ClientError):
        shape(value, "p")
    with pytest.raises(ClientError):
        lenient(shape, unknown.append)({"many": [{}]}, "p")
