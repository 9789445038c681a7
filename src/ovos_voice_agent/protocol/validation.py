"""Small shapes that check decoded JSON and say what is wrong in the words of the Realtime API.

A shape is called with a value and its dotted path; it returns the value, normalised, or raises `ClientError` with the
code,
message and `param` of protocol.md 7.6. Shapes are data: a reader can hold a table of them against the document.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeAlias

from ovos_voice_agent.errors import ClientError

Shape: TypeAlias = Callable[[Any, str], Any]


def invalid_value(value: object, supported: Sequence[str], path: str) -> ClientError:
    """The error for a value outside its set; `supported` are the values that would do."""
    return ClientError(
        f"Invalid value: '{value}'. Supported values are: {quoted(supported)}.", code="invalid_value", param=path
    )


def invalid_type(value: object, expected: str, path: str) -> ClientError:
    """The error for a value of the wrong JSON type; `expected` reads like "a string"."""
    message = f"Invalid type for '{path}': expected {expected}, but got {type_name(value)} instead."
    return ClientError(message, code="invalid_type", param=path)


def missing(path: str) -> ClientError:
    """The error for a required key that is not there."""
    return ClientError(f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)


def unknown(path: str) -> ClientError:
    """The error for a key that the API does not know."""
    return ClientError(f"Unknown parameter: '{path}'.", code="unknown_parameter", param=path)


def quoted(values: Sequence[str]) -> str:
    """`'a', 'b', and 'c'`, as the API lists values."""
    marks = [f"'{value}'" for value in values]
    if len(marks) < 3:
        return " and ".join(marks)
    return f"{', '.join(marks[:-1])}, and {marks[-1]}"


def type_name(value: object) -> str:
    """A JSON type with its article."""
    if value is None:
        return "null"
    names = ((bool, "a boolean"), (int, "an integer"), (float, "a decimal"), (str, "a string"), (list, "an array"))
    return next((name for kind, name in names if isinstance(value, kind)), "an object")


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most `longest` characters."""

    longest: int | None = None
    shortest: int = 0

    def __call__(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid_type(value, "a string", path)
        if self.longest is not None and len(value) > self.longest:
            raise _length_error("string too long", "string_above_max_length", "maximum", self.longest, value, path)
        if len(value) < self.shortest:
            raise _length_error("string too short", "string_below_min_length", "minimum", self.shortest, value, path)
        return value


def _length_error(what: str, code: str, bound: str, limit: int, value: str, path: str) -> ClientError:
    message = (
        f"Invalid '{path}': {what}. Expected a string with {bound} length {limit}, "
        f"but got a string with length {len(value)} instead."
    )
    return ClientError(message, code=code, param=path)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few strings."""

    values: tuple[str, ...]

    def __call__(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid_type(value, f"one of {quoted(self.values)}", path)
        if value not in self.values:
            raise invalid_value(value, self.values, path)
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def __call__(self, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            raise invalid_type(value, "a boolean", path)
        return value


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within bounds. With `floor`, decimals are rounded down instead of refused."""

    lowest: int | None = None
    highest: int | None = None
    floor: bool = False

    def __call__(self, value: Any, path: str) -> int:
        if isinstance(value, float) and (value.is_integer() or self.floor) and math.isfinite(value):
            value = math.floor(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid_type(value, "an integer", path)
        _check_bounds(value, self.lowest, self.highest, "integer", path)
        return value


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number within bounds."""

    lowest: float | None = None
    highest: float | None = None

    def __call__(self, value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid_type(value, "a decimal", path)
        _check_bounds(value, self.lowest, self.highest, "decimal", path)
        return value


def _check_bounds(value: float, lowest: float | None, highest: float | None, kind: str, path: str) -> None:
    if lowest is not None and value < lowest:
        side, code, sign, limit = "below minimum", "below_min_value", ">=", lowest
    elif highest is not None and value > highest:
        side, code, sign, limit = "above maximum", "above_max_value", "<=", highest
    else:
        return
    message = f"Invalid '{path}': {kind} {side} value. Expected a value {sign} {limit}, but got {value} instead."
    raise ClientError(message, code=f"{kind}_{code}", param=path)


@dataclass(frozen=True, slots=True)
class Nullable:
    """The shape, or null."""

    shape: Shape

    def __call__(self, value: Any, path: str) -> Any:
        return None if value is None else self.shape(value, path)


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array whose elements all have one shape."""

    shape: Shape
    longest: int | None = None
    shortest: int = 0

    def __call__(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid_type(value, "an array", path)
        if self.longest is not None and len(value) > self.longest:
            raise _array_error("array too long", "array_above_max_length", "maximum", self.longest, value, path)
        if len(value) < self.shortest:
            raise _array_error("array too short", "array_below_min_length", "minimum", self.shortest, value, path)
        return [self.shape(element, f"{path}[{index}]") for index, element in enumerate(value)]


def _array_error(what: str, code: str, bound: str, limit: int, value: Sequence[Any], path: str) -> ClientError:
    message = (
        f"Invalid '{path}': {what}. Expected an array with {bound} length {limit}, "
        f"but got an array with length {len(value)} instead."
    )
    return ClientError(message, code=code, param=path)


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value, kept as it is."""

    def __call__(self, value: Any, _path: str) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class JsonObject:
    """Any JSON object, kept as it is."""

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid_type(value, "an object", path)
        return value


@dataclass(frozen=True, slots=True)
class StringMap:
    """An object of strings with limits on their number and length (metadata)."""

    most: int
    longest_key: int
    longest_value: int

    def __call__(self, value: Any, path: str) -> dict[str, str]:
        entries = JsonObject()(value, path)
        if len(entries) > self.most:
            message = (
                f"Invalid '{path}': too many properties. Expected an object with at most {self.most} properties, "
                f"but got an object with {len(entries)} properties instead."
            )
            raise ClientError(message, code="object_above_max_properties", param=path)
        for key, entry in entries.items():
            Text(self.longest_key)(key, path)
            Text(self.longest_value)(entry, path)
        return entries


def refuse(path: str) -> None:
    """What strict dialects do with an unknown key."""
    raise unknown(path)


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with known keys; `ignored` keys are dropped in silence, `unknown` is told of all others: it raises, or
    they are dropped."""

    shapes: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    ignored: frozenset[str] = field(default_factory=frozenset)
    unknown: Callable[[str], None] = refuse

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        checked: dict[str, Any] = {}
        for key, entry in JsonObject()(value, path).items():
            where = f"{path}.{key}" if path else key
            shape = self.shapes.get(key)
            if shape is not None:
                checked[key] = shape(entry, where)
            elif key not in self.ignored:
                self.unknown(where)
        for key in self.required:
            if key not in checked:
                raise missing(f"{path}.{key}" if path else key)
        return checked


@dataclass(frozen=True, slots=True)
class ByType:
    """An object whose `key` chooses its shape. With `default`, the key may be missing."""

    key: str
    shapes: Mapping[str, Shape]
    default: str | None = None

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        entries = JsonObject()(value, path)
        where = f"{path}.{self.key}" if path else self.key
        kind = entries.get(self.key, self.default)
        if kind is None:
            raise missing(where)
        OneOf(tuple(self.shapes))(kind, where)
        checked: dict[str, Any] = self.shapes[kind](entries, path)
        return checked


def lenient(shape: Any, unknown: Callable[[str], None]) -> Any:
    """The same shape, in which unknown keys at any depth are told to `unknown` and dropped.

    Works on shapes that are dataclasses and hold the shapes below them in their fields, singly or in mappings; what is
    no such shape is returned as it is.
    """
    if isinstance(shape, Mapping):
        return {key: lenient(entry, unknown) for key, entry in shape.items()}
    if not is_dataclass(shape) or isinstance(shape, type):
        return shape
    inner = {entry.name: lenient(getattr(shape, entry.name), unknown) for entry in fields(shape)}
    return replace(shape, **({**inner, "unknown": unknown} if isinstance(shape, Fields) else inner))
