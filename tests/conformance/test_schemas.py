"""Strict validation, held against the official SDK's own."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter, ValidationError

from ovos_voice_agent.conformance.schemas import schemas
from tests.conformance.scene import answer

SDK: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
EVENTS = [event | {"event_id": "event_1"} for event in answer()]


def accepted_by_sdk(event: dict[str, Any]) -> bool:
    try:
        SDK.validate_python(event, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
def test_a_correct_event_has_no_problems(event: dict[str, Any]) -> None:
    assert accepted_by_sdk(event)
    assert schemas("ga").problems(event) == []


def broken(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The event with each key left out, and with each value of another type."""
    wrong: list[dict[str, Any]] = []
    for key in event:
        wrong.append({name: value for name, value in event.items() if name != key})
        wrong.extend({**event, key: other} for other in (None, 5, "text", [], {}, True))
    return [one for one in wrong if one.get("type") == event["type"]]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
def test_it_judges_as_the_sdk_does(event: dict[str, Any]) -> None:
    for one in broken(event):
        assert (schemas("ga").problems(one) == []) == accepted_by_sdk(one), one


def test_problems_name_the_path() -> None:
    event = copy.deepcopy(EVENTS[-1])
    event["response"]["output"][0]["status"] = "finished"
    assert schemas("ga").problems(event) == [
        "response.output[0].status is 'finished', expected one of completed, incomplete, in_progress"
    ]


def test_what_is_not_declared_is_not_judged() -> None:
    assert schemas("ga").problems({"type": "x_ovos.turn.timeline"}) == []


def test_both_dialects_are_there() -> None:
    assert "response.output_text.delta" in schemas("ga").events
    assert "response.text.delta" in schemas("beta").events
