"""Checks of the conversation: a mirror is kept from server events alone, and each new event must fit it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.conformance.findings import Findings, Problem
from ovos_voice_agent.conformance.patterns import MISSING, brief, look_up
from ovos_voice_agent.conformance.responses import item_id
from ovos_voice_agent.conformance.transcript import Entry, Transcript

Options = Mapping[str, Any]


def predecessors(transcript: Transcript, _: Options) -> Findings:
    """`previous_item_id` of an item that is appended is the last item, and null for the first.

    Two mirrors are kept: items stand where the client asked for, or where the server says that they do. Whether the two
    are the same is another case's matter.
    """
    placed = {
        look_up(entry.event, "item.id"): look_up(entry.event, "previous_item_id")
        for entry in transcript.sent("conversation.item.create")
        if look_up(entry.event, "previous_item_id") not in {MISSING, None, ""}
    }
    asked: list[str] = []
    told: list[str] = []
    for entry in transcript.received(*_MIRRORED):
        name = item_id(entry)
        if name is None or (name in told and entry.type == "conversation.item.done"):
            continue
        if entry.type == "conversation.item.deleted":
            _remove(name, asked, told)
            continue
        before = look_up(entry.event, "previous_item_id")
        if entry.type == "conversation.item.added" and before is not MISSING and name not in {*placed, *told}:
            lasts = [mirror[-1] if mirror else None for mirror in (asked, told)]
            wrong = f"previous_item_id is {brief(before)}, not {brief(lasts[0])}"
            yield None if before in lasts else Problem(wrong, entry)
        _remove(name, asked, told)
        _insert(asked, name, placed.get(name))
        _insert(told, name, ("root" if before is None else before) if name in placed else None)


_MIRRORED = ("conversation.item.added", "conversation.item.done", "conversation.item.deleted")


def _remove(name: str, *mirrors: list[str]) -> None:
    for mirror in mirrors:
        if name in mirror:
            mirror.remove(name)


def _insert(mirror: list[str], name: str, place: Any) -> None:
    if place == "root":
        mirror.insert(0, name)
    elif place in mirror:
        mirror.insert(mirror.index(place) + 1, name)
    else:
        mirror.append(name)


def items_done(transcript: Transcript, _: Options) -> Findings:
    """Every item that is no output of a response is done as soon as it is added."""
    for added in _own_items(transcript):
        done = _done(transcript, added)
        yield None if done is not None else Problem("no conversation.item.done followed", added)


def items_done_in_order(transcript: Transcript, _: Options) -> Findings:
    """`conversation.item.added` comes before `conversation.item.done` of the same item."""
    for added in _own_items(transcript):
        done = _done(transcript, added)
        if done is not None:
            yield None if added.place < done.place else Problem("came before conversation.item.added", done)


def items_added_once(transcript: Transcript, options: Options) -> Findings:
    """`event`: comes once for each item."""
    seen: set[str] = set()
    for entry in transcript.received(options["event"]):
        if (name := item_id(entry)) and not transcript.mistaken(entry):
            yield None if name not in seen else Problem(f"item {name} once more", entry)
            seen.add(name)


def items_added(transcript: Transcript, _: Options) -> Findings:
    """Every item that is done was added."""
    added = {item_id(entry) for entry in transcript.received("conversation.item.added")}
    for entry in transcript.received("conversation.item.done"):
        yield None if item_id(entry) in added else Problem("no conversation.item.added of it came", entry)


def same_item(transcript: Transcript, _: Options) -> Findings:
    """Items of the client say in `conversation.item.done` what they said in `conversation.item.added`."""
    for added in _own_items(transcript):
        done = _done(transcript, added)
        if done is not None:
            same = _without_nulls(added) == _without_nulls(done)
            yield None if same else Problem("another content than in conversation.item.added", done)


def _own_items(transcript: Transcript) -> list[Entry]:
    """What was added to the conversation and is no output of a response."""
    output = {item_id(entry) for entry in transcript.received() if entry.type.startswith("response.")}
    ours = {look_up(entry.event, "item.id") for entry in transcript.sent("conversation.item.create")}
    return [
        entry
        for entry in transcript.received("conversation.item.added")
        if item_id(entry) in ours or item_id(entry) not in output
    ]


def _without_nulls(entry: Entry) -> Any:
    """The content of an item; whether a key is null or left out is another case's matter."""
    content = look_up(entry.event, "item.content")
    if not isinstance(content, list):
        return None
    return [
        {key: value for key, value in part.items() if value is not None} if isinstance(part, Mapping) else part
        for part in content
    ]


def _done(transcript: Transcript, added: Entry) -> Entry | None:
    return transcript.find(("conversation.item.done",), {"item.id": item_id(added)})


CHECKS = (items_added, items_added_once, items_done, items_done_in_order, predecessors, same_item)
