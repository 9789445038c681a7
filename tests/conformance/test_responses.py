"""Responses and items gathered from a transcript."""

from __future__ import annotations

from ovos_voice_agent.conformance.responses import finished, item_id, responses
from tests.conformance.scene import answer, scene


def test_a_response_has_its_events_and_items() -> None:
    [response] = responses(scene(*answer()))
    assert response.created
    assert response.done
    assert response.status == "completed"
    assert len(response.items["item_1"].entries) == 8


def test_what_comes_after_the_end_is_late() -> None:
    [response] = responses(scene(*answer(), {"type": "response.output_text.delta", "response_id": "resp_1"}))
    assert [entry.type for entry in response.late] == ["response.output_text.delta"]


def test_finished_ones_have_both_ends() -> None:
    assert list(finished(scene(*answer()[:-1]))) == []
    assert list(finished(scene(*answer()[1:]))) == []
    assert len(list(finished(scene(*answer()), "completed"))) == 1
    assert list(finished(scene(*answer()), "cancelled")) == []


def test_items_are_named_in_two_places() -> None:
    [one, two, three] = scene({"item_id": "a"}, {"item": {"id": "b"}}, {}).entries
    assert [item_id(one), item_id(two), item_id(three)] == ["a", "b", None]
