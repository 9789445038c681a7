"""Transcripts for tests, written down event by event."""

from __future__ import annotations

from typing import Any

from ovos_voice_agent.conformance.checks import CHECKS
from ovos_voice_agent.conformance.findings import Problem
from ovos_voice_agent.conformance.transcript import Entry, Transcript


def scene(*events: dict[str, Any], **labels: int) -> Transcript:
    """Server events in order; an event with the key `sent` is the client's. `labels` name places."""
    transcript = Transcript("scene", labels=dict(labels))
    for place, event in enumerate(events):
        way = "sent" if event.get("sent") else "received"
        plain = {key: value for key, value in event.items() if key != "sent"}
        transcript.entries.append(Entry(place, float(place), way, plain, raw=plain))  # type: ignore[arg-type]
    return transcript


def found(check: str, transcript: Transcript, **options: Any) -> list[str]:
    """What a check says of a scene: `ok` for each thing that is right, else the reason."""
    findings = CHECKS[check](transcript, options)
    return [("" if isinstance(one, Problem) else "skip: ") + one.reason if one else "ok" for one in findings]


def answer(
    text: str = "Four.", response: str = "resp_1", item: str = "item_1", done: str | None = None
) -> list[dict[str, Any]]:
    """A whole text answer, as a correct server sends it."""
    ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    begun = {"id": item, "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    ended = begun | {"status": "completed", "content": [{"type": "output_text", "text": text}]}
    return [
        {
            "type": "response.created",
            "response": {"id": response, "conversation_id": "conv_1", "status": "in_progress"},
        },
        {"type": "response.output_item.added", "response_id": response, "output_index": 0, "item": begun},
        {"type": "conversation.item.added", "previous_item_id": None, "item": begun},
        {"type": "response.content_part.added", **ids, "part": {"type": "text", "text": ""}},
        {"type": "response.output_text.delta", **ids, "delta": text},
        {"type": "response.output_text.done", **ids, "text": done or text},
        {"type": "response.content_part.done", **ids, "part": {"type": "text", "text": text}},
        {"type": "conversation.item.done", "previous_item_id": None, "item": ended},
        {"type": "response.output_item.done", "response_id": response, "output_index": 0, "item": ended},
        {"type": "response.done", "response": {"id": response, "status": "completed", "output": [ended]}},
    ]
