"""Arguments found in words, within their schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ovos_voice_agent.engines.llm.offline.schema import Hearing, find_arguments

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "properties", "found"),
    [
        ("book it for tomorrow", {"date": {"type": "string", "format": "date"}}, {"date": "2026-11-22"}),
        ("volume 11", {"volume": {"type": "integer", "maximum": 10}}, {}),
        (
            "in three hours and ten minutes",
            {"minutes": {"type": "integer"}, "hours": {"type": "integer"}},
            {"minutes": 10, "hours": 3},
        ),
        ("make it BLUE", {"color": {"enum": ["red", "blue"]}}, {"color": "blue"}),
        (
            "buy eggs, milk and bread",
            {"items": {"type": "array", "items": {"enum": ["eggs", "milk", "tea"]}}},
            {"items": ["eggs", "milk"]},
        ),
        ('title it "Day one"', {"title": {"type": ["string", "null"]}}, {"title": "Day one"}),
        ("turn it off", {"on": {"type": "boolean"}}, {"on": False}),
        (
            "text Bob saying shut it down and then in May we rest",
            {"recipient": {"type": "string"}, "message": {"type": "string"}, "urgent": {"type": "boolean"}},
            {"recipient": "Bob", "message": "shut it down and then in May we rest", "urgent": False},
        ),
        (
            "from Rome to Oslo",
            {"origin": {"type": "string"}, "destination": {"type": "string"}},
            {"origin": "Rome", "destination": "Oslo"},
        ),
    ],
)
def test_found(text: str, properties: dict[str, Any], found: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    arguments, missing = find_arguments(schema, Hearing(text, NOW))
    assert arguments == found
    assert missing == [name for name in properties if name not in found]
