"""Rows of a translation table: a key of a flat object, its path in the nested one, and how its values differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""A JSON object."""


def unchanged(value: Any, _path: str = "") -> Any:
    """What most values are."""
    return value


@dataclass(frozen=True, slots=True)
class Row:
    """`flat` is the beta key, `nested` the dotted GA path.

    `inwards` takes a client's value and its path in the client's own words, and may raise ClientError; `outwards` takes
    a value of ours. `shown_when_null`: whether the flat object has the key when its value is null.
    """

    flat: str
    nested: str
    inwards: Callable[[Any, str], Any] = unchanged
    outwards: Callable[[Any], Any] = unchanged
    shown_when_null: bool = True


Table: TypeAlias = Sequence[Row]

ABSENT: Any = object()
"""What `at` gives where there is nothing, not even null."""


def nested(flat: Mapping[str, Any], table: Table, path: str) -> Object:
    """A flat object in nested form. Keys without a row stay as they are: clients mix the forms, and the decoder judges
    what remains. `path` names the flat object in errors."""
    rows = {row.flat: row for row in table}
    result = {key: value for key, value in flat.items() if key not in rows}
    for key in flat.keys() & rows.keys():
        row = rows[key]
        where = f"{path}.{key}" if path else key
        result = put(result, row.nested, row.inwards(flat[key], where))
    return result


def flat(nested: Mapping[str, Any], table: Table) -> Object:
    """A nested object in flat form, keys in the order of the table; what has no row is left out."""
    result: Object = {}
    for row in table:
        value = at(nested, row.nested)
        if value is ABSENT or (value is None and not row.shown_when_null):
            continue
        result[row.flat] = None if value is None else row.outwards(value)
    return result


def flat_path(path: str, table: Table, prefix: str) -> str:
    """A dotted path in the nested object `prefix`, as the flat object names it; other paths come back unchanged."""
    for row in table:
        place = f"{prefix}.{row.nested}"
        if path == place or path.startswith((f"{place}.", f"{place}[")):
            return f"{prefix}.{row.flat}{path[len(place) :]}"
    return path


def replaced(table: Table, *changed: Row) -> tuple[Row, ...]:
    """The table with some rows in the place of those of the same flat key."""
    by_key = {row.flat: row for row in changed}
    return tuple(by_key.get(row.flat, row) for row in table)


def at(tree: Any, path: str) -> Any:
    """The value at a dotted path, or ABSENT."""
    for key in path.split("."):
        if not isinstance(tree, Mapping) or key not in tree:
            return ABSENT
        tree = tree[key]
    return tree


def put(tree: Mapping[str, Any], path: str, value: Any) -> Object:
    """The tree with a value at a dotted path, ABSENT to have none there; what is no object on the way is replaced."""
    key, _, rest = path.partition(".")
    if rest:
        below = tree.get(key)
        return {**tree, key: put(below if isinstance(below, dict) else {}, rest, value)}
    if value is ABSENT:
        return {name: entry for name, entry in tree.items() if name != key}
    return {**tree, key: value}
