"""When each thing of a turn happened, in milliseconds of the connection's audio clock (protocol.md 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.server_events import TimelineMark

WordTimes: TypeAlias = Literal["measured", "estimated"]
Origin: TypeAlias = Literal["vad", "commit", "client", "timeout"]

MARKS = (
    "speech_started",
    "last_speech",
    "turn_ended",
    "transcript_final",
    "response_created",
    "llm_first_token",
    "first_phrase",
    "tts_first_audio",
    "first_delta_sent",
    "cancelled",
    "done",
)
"""All names, in the order in which they usually happen."""


@dataclass(slots=True)
class Timeline:
    """The marks of one turn and its response. `decision` says why the turn ended."""

    origin: Origin
    item_id: ItemId | None = None
    marks: dict[str, int] = field(default_factory=dict)
    decision: dict[str, Any] = field(default_factory=dict)
    word_times: WordTimes | None = None
    """Whether the voice told when it said each word of the answer; None where nothing was said."""

    def mark(self, name: str, at_ms: int) -> None:
        """Keep the first time of each mark."""
        self.marks.setdefault(name, at_ms)

    def in_order(self) -> tuple[TimelineMark, ...]:
        return tuple(TimelineMark(name, self.marks[name]) for name in MARKS if name in self.marks)
