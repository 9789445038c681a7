"""The life of a response: each check passes a whole answer, and sees what is wrong in a broken one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.scene import answer, found, scene

WHOLE = scene(*answer(), *answer(response="resp_2", item="item_2"))


@pytest.mark.parametrize(
    ("check", "options"),
    [
        ("content_indexes", {}),
        ("known_items", {}),
        ("known_responses", {}),
        ("nothing_after_done", {}),
        ("one_active", {}),
        ("output_indexes", {}),
        ("output_matches", {}),
        ("response_begins", {}),
        ("response_ends", {}),
        ("response_ends_once", {}),
        ("pair", {"first": "response.content_part.added", "then": "response.output_text.delta", "scope": "item"}),
        ("comes", {"event": "response.output_text.done", "with_event": "response.output_text.delta", "scope": "item"}),
        ("item_status", {"event": "response.output_item.done", "by_status": {"completed": ["completed"]}}),
    ],
)
def test_a_whole_answer_is_right(check: str, options: dict[str, Any]) -> None:
    findings = found(check, WHOLE, **options)
    assert findings
    assert set(findings) == {"ok"}


def test_overlapping_responses_are_seen() -> None:
    first, second = answer(), answer(response="resp_2", item="item_2")
    assert found("one_active", scene(first[0], *second, *first[1:])) == ["resp_1 was still active"]


def test_a_missing_partner_is_seen_only_where_it_is_wanted() -> None:
    broken = scene(*[event for event in answer() if event["type"] != "response.content_part.done"])
    options = {"event": "response.content_part.done", "with_event": "response.content_part.added", "scope": "item"}
    assert found("comes", broken, **options) == ["no response.content_part.done goes with it"]
    assert found("comes", broken, **options, **{"if": {"part.type": "audio"}}) == []


def test_out_of_band_answers_need_no_conversation_items() -> None:
    events = [event for event in answer() if not event["type"].startswith("conversation.")]
    events[0]["response"]["conversation_id"] = None
    options = {"event": "conversation.item.added", "with_event": "response.output_item.added", "scope": "item"}
    assert found("comes", scene(*events), **options, in_band=True) == []
    assert found("comes", scene(*events), **options) != []


def test_usage_must_add_up() -> None:
    events = answer()
    events[-1]["response"]["usage"] = {"total_tokens": 9, "input_tokens": 5, "output_tokens": 3}
    assert found("usage_adds_up", scene(*events)) == ["total_tokens is not the sum of input_tokens and output_tokens"]
    events[-1]["response"]["usage"] = {
        "total_tokens": 8, "input_tokens": 5, "output_tokens": 3, "output_token_details": {"text_tokens": 4}
    }  # fmt: skip
    assert found("usage_adds_up", scene(*events)) == ["output_token_details add up to more than output_tokens"]


def test_status_details_fit_the_status() -> None:
    events = answer()
    assert found("status_details", scene(*events), status="completed") == ["ok"]
    events[-1]["response"]["status_details"] = {"type": "cancelled"}
    assert len(found("status_details", scene(*events), status="completed")) == 1
