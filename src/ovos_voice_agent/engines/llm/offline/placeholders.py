"""Values that a JSON Schema accepts, for calls that must be made though nothing fitting was said (pure)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ovos_voice_agent.engines.llm.offline.schema import plain, string_fits, type_of

_MAX_DEPTH = 6


def placeholder(schema: Mapping[str, Any], text: str, now: datetime, root: Mapping[str, Any], depth: int = 0) -> Any:
    """A valid value; strings are what was said where the schema allows it."""
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    values = schema.get("enum") or schema.get("examples")
    if isinstance(values, Sequence) and values:
        return values[0]
    match type_of(schema):
        case "integer" | "number" as kind:
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return False
        case "null":
            return None
        case "array":
            item = plain(schema.get("items") or {}, root)
            count = schema.get("minItems", 0) if depth < _MAX_DEPTH else 0
            return [placeholder(item, text, now, root, depth + 1) for _ in range(count)]
        case "object":
            return _object(schema, text, now, root, depth)
        case _:
            return _string(schema, text, now)


def _object(schema: Mapping[str, Any], text: str, now: datetime, root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    names = [name for name in schema.get("required") or () if depth < _MAX_DEPTH]
    return {name: placeholder(plain(properties.get(name) or {}, root), text, now, root, depth + 1) for name in names}


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf") or (1 if whole else None)
    value: float = 0
    if low is not None and value <= low:
        value = low + (0 if "minimum" in schema else step or _margin(low, high))
    if high is not None and value >= high:
        value = high - (0 if "maximum" in schema else step or _margin(low, high))
    if step:
        value = math.ceil(value / step) * step
        value = value - step if high is not None and value > high else value
    return int(value) if whole or value == int(value) else value


def _margin(low: float | None, high: float | None) -> float:
    return (high - low) / 2 if low is not None and high is not None else 1


_FORMATS = {
    "email": "user@example.com",
    "uri": "https://example.com",
    "url": "https://example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uuid": "00000000-0000-0000-0000-000000000000",
}


def _string(schema: Mapping[str, Any], text: str, now: datetime) -> str:
    match schema.get("format"):
        case "date":
            return now.date().isoformat()
        case "date-time":
            return now.isoformat(timespec="seconds")
        case "time":
            return now.strftime("%H:%M:%S")
        case kind if kind in _FORMATS:
            return _FORMATS[kind]
    if "pattern" in schema:
        candidates = (
            text,
            *text.split(),
            "0",
            "1",
            "a",
            "A",
            "AB",
            "ABC",
            "000",
            "0000",
            "00000",
            "12345",
            "A1",
            "00:00",
        )
        return next((one for one in candidates if string_fits(one, schema)), text)
    value = (text or "unknown")[: schema.get("maxLength", 1_000)]
    return value.ljust(schema.get("minLength", 0), ".")
