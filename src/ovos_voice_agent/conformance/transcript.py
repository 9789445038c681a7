"""What was sent and received in one exchange, in order: all that a case may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ovos_voice_agent.conformance.patterns import MISSING, look_up, mismatches


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `at_ms` counts from the opening; `place` is its index in the transcript."""

    place: int
    at_ms: float
    way: Literal["sent", "received", "answered"]
    """`answered`: over HTTP, beside the socket."""
    event: dict[str, Any]
    size_bytes: int = 0
    raw: dict[str, Any] = field(default_factory=dict)
    """The event as it was on the wire, where a dialect writes it otherwise; `event` is always in GA words."""

    @property
    def type(self) -> str:
        """The event's type, or an empty string where it has none."""
        kind = self.event.get("type")
        return kind if isinstance(kind, str) else ""


@dataclass(slots=True)
class Transcript:
    """One connection. Written by the player, read by the checks."""

    exchange: str
    entries: list[Entry] = field(default_factory=list)
    labels: dict[str, int | None] = field(default_factory=dict)
    """Step -> the place of what was sent or seen; None when a wait saw nothing. Steps never begun are not in it."""
    awaited: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Wait -> the event types it waited for."""
    kept: dict[str, Any] = field(default_factory=dict)
    """Values that later steps and conditions name as `$name`."""
    accepted: set[int] = field(default_factory=set)
    """Places of events that took what should have been refused: the refusal's case tells of it, and no other."""
    sent_audio: bytearray = field(default_factory=bytearray)
    """All audio appended so far, in the wire's bytes."""
    speech_ms: list[tuple[float, float]] = field(default_factory=list)
    """Where speech lies in what was appended: begin and end of each utterance on the clock of 7.3."""
    refused_status: int | None = None
    """HTTP status where the connection was not opened."""
    keyless: bool = False
    """Whether the server, having taken a wrong key, takes none at all too: then it wants no keys."""
    subprotocol: str | None = None
    close_code: int | None = None
    """Set when the server closed before we did."""
    provoked: bool = False
    """Whether the exchange asks the server to close the connection."""
    goodbye_code: int | None = None
    """The close code after our own close."""
    pong: bool | None = None
    gathered: dict[int, Any] = field(default_factory=dict)
    """What `responses.py` made of so many entries: hundreds of cases ask for the same."""
    stopped: str = ""
    """Why the rest of the script was not played; empty when all of it was."""

    def received(self, *types: str, after: int = -1) -> Iterator[Entry]:
        """Server events after a place, of some types, or all."""
        for entry in self.entries[after + 1 :]:
            if entry.way == "received" and (not types or entry.type in types):
                yield entry

    def sent(self, *types: str) -> Iterator[Entry]:
        """Client events of some types."""
        return (entry for entry in self.entries if entry.way == "sent" and entry.type in types)

    def mistaken(self, entry: Entry) -> bool:
        """Whether an event is about something that should have been refused."""
        names = {look_up(self.entries[place].event, "item.id") for place in self.accepted} - {MISSING}
        return entry.place in self.accepted or look_up(entry.event, "item.id") in names

    def find(self, types: tuple[str, ...], where: Mapping[str, Any], after: int = -1) -> Entry | None:
        """The first server event of these types that meets the conditions."""
        for entry in self.received(*types, after=after):
            if not mismatches(entry.event, where, self.kept):
                return entry
        return None

    def labelled(self, label: str) -> Entry | None:
        """What a step sent or saw; None when it saw nothing or was not begun."""
        place = self.labels.get(label)
        return None if place is None else self.entries[place]
