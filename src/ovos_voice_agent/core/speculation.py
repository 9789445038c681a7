"""A reply that is made before its turn is certain to be over: held back, then adopted or dropped without a trace.

Rules:

- What is reported of a prepared reply is kept here and told to nobody. Nothing else in the session knows of it.
- It is adopted only for the very order that would otherwise be given now: same items, same words, same settings.
- How much there may be to keep is the shell's to bound: it makes such a reply up to its first sounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec import structs

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.protocol.objects import ItemId, ResponseId

ReplyReport: TypeAlias = (
    ee.ReplyText | ee.PhraseStarted | ee.ReplyAudio | ee.ReplyCall | ee.StageReached | ee.ReplyFinished | ee.ReplyFailed
)

_FIRST_OF: dict[type[ReplyReport], str] = {
    ee.ReplyText: "llm_first_token",
    ee.ReplyCall: "llm_first_token",
    ee.ReplyAudio: "tts_first_audio",
}
"""The mark of the time line that the first report of a kind makes."""


@dataclass(slots=True)
class Prepared:
    """A prepared reply to the turn `item_id`: what was ordered, what was reported since, and when it came (`marks`, as
    in a time line)."""

    item_id: ItemId
    command: c.StartReply
    reports: list[ReplyReport] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all of it was made."""
        return bool(self.reports) and isinstance(self.reports[-1], ee.ReplyFinished)

    def is_for(self, command: c.StartReply) -> bool:
        """Whether this is what `command` orders, under an id of its own."""
        return self.command == structs.replace(command, response_id=self.command.response_id)


class Speculation:
    """The reply that is being prepared, of which there is at most one."""

    def __init__(self, outputs: Outputs, at_ms: Callable[[], int]) -> None:
        """`at_ms` is the audio clock now."""
        self._outputs = outputs
        self._at_ms = at_ms
        self.prepared: Prepared | None = None

    def prepare(self, item_id: ItemId, command: c.StartReply) -> None:
        """Begin what `command` orders, under a new id; what was prepared before is dropped."""
        self.drop()
        response_id = ResponseId(self._outputs.new_id("resp"))
        self.prepared = Prepared(item_id, structs.replace(command, response_id=response_id))
        self._outputs.order(c.GuessReply(self.prepared.command))

    def holds(self, report: ReplyReport) -> bool:
        """Keep a report of the prepared reply; False when it is of another. One that failed is dropped: the reply that
        is asked for in the end may fare better."""
        prepared = self.prepared
        if prepared is None or report.response_id != prepared.command.response_id:
            return False
        if prepared.is_whole:
            return True  # It comes too late.
        if isinstance(report, ee.ReplyFailed):
            self.drop()
            return True
        prepared.reports.append(report)
        name = report.name if isinstance(report, ee.StageReached) else _FIRST_OF.get(type(report))
        if name is not None:
            prepared.marks.setdefault(name, self._at_ms())
        return True

    def take(self, command: c.StartReply | None) -> Prepared | None:
        """What was prepared, if it is what `command` orders; else it is dropped. Whoever takes it keeps or drops it."""
        prepared = self.prepared
        if prepared is None or command is None or not prepared.is_for(command):
            self.drop()
            return None
        self.prepared = None
        return prepared

    def drop(self) -> None:
        """Nothing is prepared any more."""
        prepared, self.prepared = self.prepared, None
        if prepared is not None:
            self._outputs.order(c.DropReply(prepared.command.response_id))
