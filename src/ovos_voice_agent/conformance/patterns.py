"""Conditions on JSON values, as the case files write them.

A condition is a literal, `"$null"`, `"$name"` (a value kept earlier), a table whose every key must match, or operators:
`one_of`, `matches` (a regular expression), `at_least`, `at_most`, `is` (a JSON type), `not`, `present`, `length`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "(missing)", "__slots__": ()})()
"""What a path leads to when there is nothing."""

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_ALMOST = 1e-6


def look_up(value: Any, path: str) -> Any:
    """The value at `item.content[0].text`, or MISSING."""
    for index, name in _STEP.findall(path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else MISSING
        else:
            value = value.get(name, MISSING) if isinstance(value, Mapping) else MISSING
        if value is MISSING:
            return MISSING
    return value


def resolve(template: Any, kept: Mapping[str, Any]) -> Any:
    """A copy of a template with `$name` and `$null` replaced. Raises KeyError for a name that was not kept."""
    if isinstance(template, Mapping):
        return {key: resolve(value, kept) for key, value in template.items()}
    if isinstance(template, list):
        return [resolve(value, kept) for value in template]
    if isinstance(template, str) and template.startswith("$"):
        return None if template == "$null" else kept[template[1:]]
    return template


def mismatch(value: Any, condition: Any, kept: Mapping[str, Any]) -> str | None:
    """Why a value does not meet a condition, or None where it does."""
    if isinstance(condition, Mapping) and condition and set(condition) <= set(_OPERATORS):
        for name, wanted in condition.items():
            if not _OPERATORS[name](value, resolve(wanted, kept)):
                return f"is {brief(value)}, expected {name.replace('_', ' ')} {brief(resolve(wanted, kept))}"
        return None
    wanted = resolve(condition, kept)
    return None if _same(value, wanted) else f"is {brief(value)}, expected {brief(wanted)}"


def mismatches(event: Any, where: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """Every path of an event that does not meet its condition, with the reason."""
    found = ((path, mismatch(look_up(event, path), condition, kept)) for path, condition in where.items())
    return [f"{path} {reason}" for path, reason in found if reason]


def brief(value: Any, most: int = 160) -> str:
    """A value as short JSON-like text for a report."""
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= most else f"{text[: most - 20]}… ({len(text)} characters)"


def json_type(value: Any) -> str:
    """The JSON name of a value's type; an integer is `integer`, not `number`."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    for kind, name in ((str, "string"), (int, "integer"), (float, "number"), (list, "array"), (Mapping, "object")):
        if isinstance(value, kind):
            return name
    return "missing"


def _same(value: Any, wanted: Any) -> bool:
    """Equal, where a wanted table may name only some of the keys."""
    if isinstance(wanted, Mapping):
        if not isinstance(value, Mapping):
            return False
        return all(_same(value.get(key, MISSING), inner) for key, inner in wanted.items())
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, int | float) and isinstance(value, int | float):
        return abs(value - wanted) < _ALMOST
    if isinstance(wanted, list) and isinstance(value, list):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    return bool(value == wanted)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "one_of": lambda value, wanted: any(_same(value, one) for one in wanted),
    "matches": lambda value, wanted: isinstance(value, str) and re.search(wanted, value) is not None,
    "at_least": lambda value, wanted: _number(value) and value >= wanted,
    "at_most": lambda value, wanted: _number(value) and value <= wanted,
    "is": lambda value, wanted: json_type(value) in ([wanted] if isinstance(wanted, str) else wanted),
    "not": lambda value, wanted: not _same(value, wanted),
    "present": lambda value, wanted: (value is not MISSING) is wanted,
    "length": lambda value, wanted: isinstance(value, str | list | Mapping) and len(value) == wanted,
}
