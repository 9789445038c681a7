"""The check itself: it must find what is wrong, or it would prove nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end import strict

DONE: dict[str, Any] = {
    "type": "response.done",
    "event_id": "event_1",
    "response": {
        "object": "realtime.response",
        "id": "resp_1",
        "status": "completed",
        "status_details": None,
        "output": [
            {
                "id": "item_1",
                "object": "realtime.item",
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Hello."}],
            }
        ],
        "conversation_id": "conv_1",
        "output_modalities": ["text"],
        "max_output_tokens": "inf",
        "usage": {"total_tokens": 3, "input_tokens": 1, "output_tokens": 2},
        "metadata": None,
    },
}


def faulty(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    event = copy.deepcopy(DONE)
    change(event)
    return event


def test_a_right_event_passes_with_keys_that_the_sdk_does_not_know() -> None:
    strict.check_all([DONE, {**DONE, "x_more": 1}, {"type": "x_ovos.turn.timeline"}])


@pytest.mark.parametrize(
    "event",
    [
        faulty(lambda event: event.pop("event_id")),
        faulty(lambda event: event.update(event_id=1)),
        faulty(lambda event: event["response"].update(status="done")),
        faulty(lambda event: event["response"]["output"][0].update(role="robot")),
        faulty(lambda event: event["response"]["output"][0]["content"][0].update(text=None, type="outputtext")),
        faulty(lambda event: event["response"]["usage"].update(total_tokens="3")),
        {"type": "response.finished", "event_id": "event_1"},
    ],
)
def test_a_wrong_event_is_named(event: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="is not what the SDK declares"):
        strict.check_all([DONE, event])
