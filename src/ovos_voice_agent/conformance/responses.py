"""Responses and items as a client sees them, gathered from a transcript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ovos_voice_agent.conformance.patterns import MISSING, look_up
from ovos_voice_agent.conformance.transcript import Entry, Transcript

_ITEM_EVENTS = ("conversation.item.added", "conversation.item.done")


@dataclass(slots=True)
class Part:
    """All events of one thing: a response, or an item of a response."""

    id: str
    entries: list[Entry] = field(default_factory=list)

    def all(self, *types: str) -> list[Entry]:
        """Its events of some types, in order."""
        return [entry for entry in self.entries if entry.type in types]

    def first(self, *types: str) -> Entry | None:
        """Its first event of some types."""
        return next((entry for entry in self.entries if entry.type in types), None)


@dataclass(slots=True)
class Response(Part):
    """One response: its events up to and with `response.done` in `entries`, those after it in `late`."""

    late: list[Entry] = field(default_factory=list)
    items: dict[str, Part] = field(default_factory=dict)
    """Its output items by id, with their `conversation.item.*` events."""

    @property
    def created(self) -> Entry | None:
        return self.first("response.created")

    @property
    def done(self) -> Entry | None:
        return self.first("response.done")

    @property
    def status(self) -> str:
        """How it ended; empty while it runs."""
        return "" if self.done is None else str(look_up(self.done.event, "response.status"))


def responses(transcript: Transcript) -> list[Response]:
    """All responses of a connection, in the order of their first events. Made once; not to be changed."""
    known: list[Response] | None = transcript.gathered.get(len(transcript.entries))
    if known is None:
        known = transcript.gathered[len(transcript.entries)] = _gathered(transcript)
    return known


def _gathered(transcript: Transcript) -> list[Response]:
    found: dict[str, Response] = {}
    for entry in transcript.received():
        name = _response_id(entry)
        if name is None:
            continue
        response = found.setdefault(name, Response(name))
        (response.late if response.done else response.entries).append(entry)
    for response in found.values():
        _gather_items(response, transcript)
    return list(found.values())


def finished(transcript: Transcript, *statuses: str) -> Iterator[Response]:
    """Responses that began and ended, of some statuses, or of any."""
    for response in responses(transcript):
        if response.created and response.done and (not statuses or response.status in statuses):
            yield response


def _response_id(entry: Entry) -> str | None:
    path = "response.id" if entry.type in {"response.created", "response.done"} else "response_id"
    name = look_up(entry.event, path)
    ours = entry.type.startswith("response.") and isinstance(name, str)
    return name if ours else None


def item_id(entry: Entry) -> str | None:
    """The item an event is about."""
    for path in ("item_id", "item.id"):
        if isinstance(name := look_up(entry.event, path), str) and name is not MISSING:
            return name
    return None


def _gather_items(response: Response, transcript: Transcript) -> None:
    for entry in response.entries:
        if entry.type == "response.output_item.added" and (name := item_id(entry)):
            response.items.setdefault(name, Part(name))
    end = response.done.place if response.done else len(transcript.entries)
    own = {entry.place for entry in response.entries}
    for entry in transcript.received():
        name = item_id(entry)
        if name in response.items and (entry.place in own or (entry.type in _ITEM_EVENTS and entry.place < end)):
            response.items[name].entries.append(entry)
