"""Flat and nested objects, by a small table."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.dialects.rows import ABSENT, Row, at, flat, flat_path, nested, put, replaced
from ovos_voice_agent.protocol.validation import OneOf

TABLE = (
    Row("name", "name"),
    Row("colour", "look.colour", OneOf(("red", "blue")), str.upper),
    Row("size", "look.size", shown_when_null=False),
)


def test_flat_keys_find_their_nested_places() -> None:
    assert nested({"size": 3, "name": "a", "colour": "red"}, TABLE, "") == {
        "name": "a",
        "look": {"size": 3, "colour": "red"},
    }


def test_keys_of_the_nested_form_and_unknown_ones_stay() -> None:
    assert nested({"size": 3, "look": {"shape": "round", "size": 9}, "weight": 1}, TABLE, "") == {
        "look": {"shape": "round", "size": 3},
        "weight": 1,
    }


def test_a_nested_object_is_not_changed_in_place() -> None:
    given = {"look": {"shape": "round"}, "size": 3}
    nested(given, TABLE, "")
    assert given == {"look": {"shape": "round"}, "size": 3}


def test_what_stands_in_the_way_of_a_nested_key_is_replaced() -> None:
    assert nested({"look": "fine", "size": 3}, TABLE, "") == {"look": {"size": 3}}


@pytest.mark.parametrize(("path", "param"), [("thing", "thing.colour"), ("", "colour")])
def test_a_wrong_value_is_named_as_the_client_wrote_it(path: str, param: str) -> None:
    with pytest.raises(ClientError) as raised:
        nested({"colour": "green"}, TABLE, path)
    assert raised.value.param == param


def test_nested_objects_become_flat_in_the_order_of_the_table() -> None:
    shown = flat({"look": {"size": 3, "colour": "red", "shape": "round"}, "name": "a"}, TABLE)
    assert list(shown.items()) == [("name", "a"), ("colour", "RED"), ("size", 3)]


def test_null_is_shown_where_its_row_says_so_and_absent_keys_never() -> None:
    assert flat({"look": {"colour": None, "size": None}}, TABLE) == {"colour": None}
    assert flat({"look": None}, TABLE) == {}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("thing.look.colour", "thing.colour"),
        ("thing.look.colour.depth", "thing.colour.depth"),
        ("thing.look.colour[1].depth", "thing.colour[1].depth"),
        ("thing.look.colours", "thing.look.colours"),
        ("look.colour", "look.colour"),
    ],
)
def test_paths_are_named_as_in_the_flat_object(path: str, shown: str) -> None:
    assert flat_path(path, TABLE, "thing") == shown


def test_a_row_takes_the_place_of_the_one_with_its_key() -> None:
    other = Row("colour", "paint")
    assert replaced(TABLE, other) == (TABLE[0], other, TABLE[2])


def test_a_dotted_path_reads_writes_and_removes() -> None:
    tree = {"a": {"b": 1, "c": None}}
    assert (at(tree, "a.b"), at(tree, "a.c"), at(tree, "a.d"), at(tree, "a.b.c")) == (1, None, ABSENT, ABSENT)
    assert put(tree, "a.b", 2) == {"a": {"b": 2, "c": None}}
    assert put(tree, "a.b", ABSENT) == {"a": {"c": None}}
    assert tree == {"a": {"b": 1, "c": None}}
