"""What a transcript finds in what was sent and received."""

from __future__ import annotations

from tests.conformance.scene import scene

SCENE = scene(
    {"type": "session.update", "sent": True},
    {"type": "session.updated", "n": 1},
    {"type": "session.updated", "n": 2},
    first=1,
)


def test_received_and_sent_are_kept_apart() -> None:
    assert [entry.place for entry in SCENE.received()] == [1, 2]
    assert [entry.place for entry in SCENE.sent("session.update")] == [0]


def test_only_what_comes_after_a_place_is_found() -> None:
    assert [entry.place for entry in SCENE.received("session.updated", after=1)] == [2]
    found = SCENE.find(("session.updated",), {"n": 2})
    assert found is not None
    assert found.place == 2
    assert SCENE.find(("session.updated",), {"n": 3}) is None


def test_labels_lead_to_entries() -> None:
    first = SCENE.labelled("first")
    assert first is not None
    assert first.event["n"] == 1
    assert SCENE.labelled("nobody") is None


def test_an_event_without_a_type_has_an_empty_one() -> None:
    assert [entry.type for entry in scene({"n": 1}, {"type": 5}).received()] == ["", ""]


def test_all_of_an_item_that_should_have_been_refused_is_known() -> None:
    taken = scene(
        {"type": "conversation.item.added", "item": {"id": "wrong"}},
        {"type": "conversation.item.done", "item": {"id": "wrong"}},
        {"type": "conversation.item.done", "item": {"id": "right"}},
        {"type": "session.updated"},
    )
    assert not any(taken.mistaken(entry) for entry in taken.received())
    taken.accepted.add(0)
    assert [taken.mistaken(entry) for entry in taken.received()] == [True, True, False, False]
