"""What a report belongs to, and what may still be reported of something that is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.session import Input

LATE: dict[str, Callable[[Any], list[ee.EngineEvent]]] = {
    "reply": lambda response_id: [
        ee.ReplyText(response_id, "late"),
        ee.PhraseStarted(response_id, 0, 4),
        ee.ReplyAudio(response_id, bytes(4)),
        ee.ReplyCall(response_id, 0, "{}", "call_late", "f"),
        ee.StageReached(response_id, "first_phrase"),
        ee.ReplyFinished(response_id),
        ee.ReplyFailed(response_id, "tts", "server_error", "Late."),
    ],
    "transcript": lambda item_id: [
        ee.WordsHeard(item_id, "late", any_words=True),
        ee.Transcribed(item_id, "late"),
        ee.TranscriptGuessed(item_id, "late"),
        ee.NotGuessed(item_id),
        ee.TranscriptionFailed(item_id, "server_error", "Late."),
    ],
    "timer": lambda name: [ee.TimerFired(name)],
}
"""What may still be reported of something that is over."""


def belongs_to(input: Input) -> tuple[str, str]:
    """What a report is of: a kind of work and its id."""
    if isinstance(input, ee.TimerFired):
        return "timer", input.name
    if isinstance(
        input, ee.WordsHeard | ee.Transcribed | ee.TranscriptionFailed | ee.TranscriptGuessed | ee.NotGuessed
    ):
        return "transcript", input.item_id
    return "reply", input.response_id  # type: ignore[union-attr]
