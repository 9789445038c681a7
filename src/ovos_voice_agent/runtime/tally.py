"""What an operator is told of a live session: its turns, how long people wait for answers, and what it does now.

Counts only: nothing that anyone said or heard is kept.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ovos_voice_agent.core.commands import Record
from ovos_voice_agent.protocol import server_events as se

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ovos_voice_agent.core.outputs import Output
    from ovos_voice_agent.core.session import Input

Activity: TypeAlias = Literal["waiting", "hearing", "thinking", "answering"]

_KEPT = 100
"""The median is that of the last so many answers: enough to be steady, few enough to show what has changed."""
_SILENCES = ("last_speech", "turn_ended", "response_created")
"""What the wait for an answer counts from: the first of these that is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a session goes. `latency_ms` is the median from the end of the person's speech, or from the request where
    nothing was spoken, until the first sound of the answer is sent; None before the first."""

    activity: Activity
    turns: int
    responses: int
    latency_ms: int | None


class Tally:
    """A tap that counts."""

    def __init__(self) -> None:
        self._activity: Activity = "waiting"
        self._turns = 0
        self._responses = 0
        self._waits_ms: deque[int] = deque(maxlen=_KEPT)

    @property
    def standing(self) -> Standing:
        latency_ms = round(median(self._waits_ms)) if self._waits_ms else None
        return Standing(self._activity, self._turns, self._responses, latency_ms)

    def took(self, input: Input) -> None:
        pass

    def gave(self, output: Output) -> None:
        rule = _RULES.get(type(output))
        if rule is not None:
            rule(self, output)

    def ended(self) -> None:
        self._activity = "waiting"

    def _now(self, activity: Activity) -> None:
        self._activity = activity

    def _committed(self) -> None:
        self._turns += 1
        if self._activity == "hearing":
            self._activity = "waiting"

    def _recorded(self, record: Record) -> None:
        self._responses += 1
        if self._activity != "hearing":
            self._activity = "waiting"
        begins = next((record.marks[name] for name in _SILENCES if name in record.marks), None)
        answered = record.marks.get("first_delta_sent")
        if begins is not None and answered is not None and answered >= begins:
            self._waits_ms.append(answered - begins)


_RULES: Mapping[type[Any], Callable[[Tally, Any], None]] = {
    se.InputAudioBufferSpeechStarted: lambda tally, _: tally._now("hearing"),
    se.InputAudioBufferCommitted: lambda tally, _: tally._committed(),
    se.ResponseCreated: lambda tally, _: tally._now("thinking"),
    se.ResponseOutputAudioDelta: lambda tally, _: tally._now("answering"),
    se.ResponseOutputTextDelta: lambda tally, _: tally._now("answering"),
    Record: lambda tally, record: tally._recorded(record),
}
