"""Values that a schema accepts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ovos_voice_agent.engines.llm.offline.placeholders import placeholder

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "number", "maximum": -2}, -2),
        ({"type": "integer", "minimum": 4, "multipleOf": 5}, 5),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "string", "format": "date"}, "2026-11-21"),
        ({"type": "string", "maxLength": 2}, "he"),
        ({"type": "string", "pattern": r"^\d{3}$"}, "000"),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"]}, {"a": "x"}),
        ({"type": "null"}, None),
        ({"const": 7}, 7),
    ],
)
def test_valid(schema: dict[str, Any], value: Any) -> None:
    assert placeholder(schema, "hello", NOW, schema) == value
