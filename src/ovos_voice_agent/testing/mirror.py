"""What a client believes: the conversation held from server events alone, as a careful client would.

- It is told nothing else: a server whose events suffice keeps this mirror equal to its own conversation.
- Events that make no sense (an item twice, a delta for nothing, anything after `response.done`) raise `Confused`.
- After a truncation a client cannot know the text that remains; `MirrorItem.uncertain` says so until it is told again.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Event: TypeAlias = Mapping[str, Any]


class Confused(AssertionError):
    """An event that does not fit what was told before."""


@dataclass(slots=True)
class MirrorItem:
    """An item as last told, in wire form.

    `deltas` are all deltas of each part, `transcribed` its final transcript, by content index; `audio_bytes` counts the
    audio received. `cut` are parts that were truncated, `uncertain` those of which no text was told since.
    """

    wire: dict[str, Any]
    done: bool = False
    deltas: dict[int, str] = field(default_factory=dict)
    transcribed: dict[int, str] = field(default_factory=dict)
    audio_bytes: int = 0
    cut: set[int] = field(default_factory=set)
    uncertain: set[int] = field(default_factory=set)

    def add(self, content_index: int, delta: str) -> None:
        self.deltas[content_index] = self.deltas.get(content_index, "") + delta


@dataclass(slots=True)
class MirrorResponse:
    """A response: its object as last told, and the ids of its items in order."""

    wire: dict[str, Any]
    items: list[str] = field(default_factory=list)
    done: bool = False


class Mirror:
    """Feed it every server event in order (as decoded JSON); read `order`, `items`, `responses`, `session`."""

    def __init__(self) -> None:
        self.session: dict[str, Any] | None = None
        self.order: list[str] = []
        self.items: dict[str, MirrorItem] = {}
        self.responses: dict[str, MirrorResponse] = {}
        self.errors: list[dict[str, Any]] = []
        self._outputs: dict[str, MirrorItem] = {}
        """Items of responses, those out of band too."""
        self.deleted: set[str] = set()
        self._table: dict[str, Callable[[Event], None]] = {
            "session.created": self._session,
            "session.updated": self._session,
            "error": lambda event: self.errors.append(event["error"]),
            "conversation.item.added": self._added,
            "conversation.item.done": self._done,
            "conversation.item.retrieved": self._retrieved,
            "conversation.item.deleted": self._delete,
            "conversation.item.truncated": self._truncated,
            "conversation.item.input_audio_transcription.delta": self._heard,
            "conversation.item.input_audio_transcription.completed": self._transcribed,
            "response.created": self._created,
            "response.output_item.added": self._output_added,
            "response.output_item.done": self._output_done,
            "response.content_part.added": self._part_added,
            "response.content_part.done": self._part_done,
            "response.output_text.delta": lambda event: self._write(event, "text"),
            "response.output_audio_transcript.delta": lambda event: self._write(event, "transcript"),
            "response.output_text.done": lambda event: self._written(event, "text"),
            "response.output_audio_transcript.done": lambda event: self._written(event, "transcript"),
            "response.output_audio.delta": self._audio,
            "response.function_call_arguments.delta": self._argue,
            "response.function_call_arguments.done": self._argued,
            "response.done": self._response_done,
        }

    def read(self, event: Event) -> None:
        """One server event. Events that tell nothing of the conversation are passed over. Raises Confused."""
        if not self.order and self.session is None and event["type"] != "session.created":
            raise Confused(f"before session.created: {event['type']}")
        handler = self._table.get(event["type"])
        if handler is not None:
            handler(event)

    def wire(self) -> list[dict[str, Any]]:
        """The conversation in order."""
        return [self.items[item_id].wire for item_id in self.order]

    def live(self) -> list[str]:
        """Ids of responses that were created and are not done."""
        return [response_id for response_id, response in self.responses.items() if not response.done]

    # ----------------------------------------------------------------------------------------------------- conversation

    def _session(self, event: Event) -> None:
        self.session = dict(event["session"])

    def _added(self, event: Event) -> None:
        item_id, previous = event["item"]["id"], event["previous_item_id"]
        if item_id in self.items or item_id in self.deleted:
            raise Confused(f"item {item_id} was added twice")
        if previous is not None and previous not in self.items:
            raise Confused(f"item {item_id} follows {previous}, which is not there")
        self.order.insert(0 if previous is None else self.order.index(previous) + 1, item_id)
        output = self._outputs.get(item_id)
        self.items[item_id] = output if output is not None else MirrorItem(_copied(event["item"]))

    def _done(self, event: Event) -> None:
        item = self._item(event["item"]["id"])
        if item.done:
            raise Confused(f"item {event['item']['id']} was done twice")
        if self._previous(event["item"]["id"]) != event["previous_item_id"]:
            raise Confused(f"item {event['item']['id']} is not after {event['previous_item_id']}")
        item.done = True
        self._told(item, event["item"])

    def _retrieved(self, event: Event) -> None:
        told = _copied(event["item"])
        for part in told.get("content", ()):
            part.pop("audio", None)
        self._told(self._item(told["id"]), told)

    def _told(self, item: MirrorItem, wire: Event) -> None:
        item.wire = _copied(wire)
        item.uncertain.clear()

    def _delete(self, event: Event) -> None:
        self._item(event["item_id"])
        del self.items[event["item_id"]]
        self.order.remove(event["item_id"])
        self.deleted.add(event["item_id"])

    def _truncated(self, event: Event) -> None:
        item = self._item(event["item_id"])
        if event["content_index"] >= len(item.wire["content"]):
            raise Confused(f"item {event['item_id']} has no part {event['content_index']}")
        item.cut.add(event["content_index"])
        item.uncertain.add(event["content_index"])

    def _heard(self, event: Event) -> None:
        item = self.items.get(event["item_id"])
        if item is not None:  # Speech that is not committed yet, or an item deleted meanwhile.
            item.add(event["content_index"], event["delta"])

    def _transcribed(self, event: Event) -> None:
        item = self.items.get(event["item_id"])
        if item is None:
            if event["item_id"] not in self.deleted:
                raise Confused(f"a transcript of {event['item_id']}, which is not there")
            return
        item.transcribed[event["content_index"]] = event["transcript"]
        item.wire["content"][event["content_index"]]["transcript"] = event["transcript"]

    def _item(self, item_id: str) -> MirrorItem:
        if item_id not in self.items:
            raise Confused(f"item {item_id} is not there")
        return self.items[item_id]

    def _previous(self, item_id: str) -> str | None:
        place = self.order.index(item_id)
        return self.order[place - 1] if place else None

    # -------------------------------------------------------------------------------------------------------- responses

    def _created(self, event: Event) -> None:
        response = event["response"]
        if response["id"] in self.responses:
            raise Confused(f"response {response['id']} was created twice")
        self.responses[response["id"]] = MirrorResponse(_copied(response))

    def _response_done(self, event: Event) -> None:
        response = self._response(event["response"]["id"])
        open_items = [item_id for item_id in response.items if self._outputs[item_id].wire["status"] == "in_progress"]
        if open_items:
            raise Confused(f"response {event['response']['id']} is done with open items {open_items}")
        if [item["id"] for item in event["response"]["output"]] != response.items:
            raise Confused(f"response {event['response']['id']} has other items than were told")
        response.wire, response.done = _copied(event["response"]), True

    def _output_added(self, event: Event) -> None:
        response, item_id = self._response(event["response_id"]), event["item"]["id"]
        if item_id in self._outputs or item_id in self.items:
            raise Confused(f"item {item_id} is in two places")
        if event["output_index"] != len(response.items):
            raise Confused(f"item {item_id} has index {event['output_index']} of {len(response.items)}")
        response.items.append(item_id)
        self._outputs[item_id] = MirrorItem(_copied(event["item"]))

    def _output_done(self, event: Event) -> None:
        self._told(self._output({**event, "item_id": event["item"]["id"]}), event["item"])

    def _part_added(self, event: Event) -> None:
        content = self._output(event).wire["content"]
        if event["content_index"] != len(content):
            raise Confused(f"part {event['content_index']} of {event['item_id']} comes after {len(content)} parts")
        kind = {"text": "output_text", "audio": "output_audio"}[event["part"]["type"]]
        content.append({**event["part"], "type": kind})

    def _part_done(self, event: Event) -> None:
        self._part(event)

    def _write(self, event: Event, key: str) -> None:
        part, item = self._part(event), self._output(event)
        item.add(event["content_index"], event["delta"])
        if event["content_index"] not in item.cut:
            part[key] += event["delta"]

    def _written(self, event: Event, key: str) -> None:
        self._part(event)
        if self._output(event).deltas.get(event["content_index"], "") != event[key]:
            raise Confused(f"the deltas of {event['item_id']} are not its {key}")

    def _audio(self, event: Event) -> None:
        self._part(event)
        self._output(event).audio_bytes += len(base64.b64decode(event["delta"], validate=True))

    def _argue(self, event: Event) -> None:
        self._output(event).wire["arguments"] += event["delta"]

    def _argued(self, event: Event) -> None:
        if self._output(event).wire["arguments"] != event["arguments"]:
            raise Confused(f"the deltas of {event['item_id']} are not its arguments")

    def _response(self, response_id: str) -> MirrorResponse:
        response = self.responses.get(response_id)
        if response is None or response.done:
            raise Confused(f"response {response_id} is not there, or done")
        return response

    def _output(self, event: Event) -> MirrorItem:
        response = self._response(event["response_id"])
        if event["item_id"] not in response.items:
            raise Confused(f"item {event['item_id']} is not of response {event['response_id']}")
        return self._outputs[event["item_id"]]

    def _part(self, event: Event) -> dict[str, Any]:
        content = self._output(event).wire["content"]
        if event["content_index"] >= len(content):
            raise Confused(f"item {event['item_id']} has no part {event['content_index']}")
        part: dict[str, Any] = content[event["content_index"]]
        return part


def _copied(wire: Event) -> dict[str, Any]:
    """A copy whose parts may be written to."""
    copy = dict(wire)
    if "content" in copy:
        copy["content"] = [dict(part) for part in copy["content"]]
    return copy
