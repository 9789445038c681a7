"""The mirror of a conversation."""

from __future__ import annotations

from typing import Any

from tests.conformance.scene import found, scene


def create(item: str, after: str | None = None) -> dict[str, Any]:
    event = {"sent": True, "type": "conversation.item.create", "item": {"id": item}}
    return event | ({"previous_item_id": after} if after else {})


def added(item: str, before: str | None, **more: Any) -> dict[str, Any]:
    return {"type": "conversation.item.added", "previous_item_id": before, "item": {"id": item, "role": "user", **more}}


def done(item: str, **more: Any) -> dict[str, Any]:
    return {"type": "conversation.item.done", "item": {"id": item, "role": "user", **more}}


def test_appended_items_follow_the_last() -> None:
    events = (added("a", None), added("b", "a"), {"type": "conversation.item.deleted", "item_id": "b"}, added("c", "a"))
    assert found("predecessors", scene(*events)) == ["ok", "ok", "ok"]
    assert found("predecessors", scene(added("a", None), added("b", None)))[1] == "previous_item_id is None, not 'a'"


def test_placed_items_go_where_the_client_wanted() -> None:
    events = (create("a"), added("a", None), create("b", "root"), added("b", None), added("c", "a"))
    assert found("predecessors", scene(*events)) == ["ok", "ok"]
    events = (create("a"), added("a", None), create("b", "a"), added("b", "a"), added("c", "b"))
    assert found("predecessors", scene(*events)) == ["ok", "ok"]


def test_items_are_done() -> None:
    whole = scene(added("a", None), done("a"))
    assert found("items_done", whole) == found("items_done_in_order", whole) == found("items_added", whole) == ["ok"]
    assert found("items_done", scene(added("a", None))) == ["no conversation.item.done followed"]
    assert found("items_done_in_order", scene(done("a"), added("a", None))) == ["came before conversation.item.added"]
    assert found("items_added", scene(done("a"))) == ["no conversation.item.added of it came"]


def test_the_models_items_are_not_the_clients() -> None:
    output = {"type": "response.output_item.added", "item": {"id": "a"}}
    assert found("items_done", scene(output, added("a", None))) == []


def test_items_come_once() -> None:
    twice = scene(added("a", None), added("a", None))
    assert found("items_added_once", twice, event="conversation.item.added") == ["ok", "item a once more"]


def test_items_do_not_change_until_done() -> None:
    text = [{"type": "input_audio", "transcript": None}]
    assert found("same_item", scene(added("a", None, content=text), done("a", content=[{"type": "input_audio"}]))) == [
        "ok"
    ]
    changed = scene(added("a", None, content=text), done("a", content=[]))
    assert found("same_item", changed) == ["another content than in conversation.item.added"]


def test_where_the_server_puts_items_elsewhere_what_follows_is_judged_by_its_own_word() -> None:
    events = (create("a"), added("a", None), create("b", "root"), added("b", "a"), added("c", "b"))
    assert found("predecessors", scene(*events)) == ["ok", "ok"]
    assert found("predecessors", scene(done("a"), added("b", "a"))) == ["ok"], "an item that was done is there"
