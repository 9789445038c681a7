"""Faults in responses, and the cases that must catch each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conformance.fault_proxy import (
    Event,
    Fault,
    Plant,
    add_after,
    armed,
    change,
    drop,
    fault,
    hold_until,
    repeat,
)


def code(old: str, new: str = "wrong_code") -> Callable[[], Plant]:
    return change("error", "error.code", new, error__code=old)


def held_in_text(type: str, until: str, **where: Any) -> Callable[[], Plant]:
    """Held only in exchanges with written answers of the conversation."""
    return armed(
        "session.updated", hold_until(type, until, **where), session__instructions="Answer in one short sentence."
    )


def held_in_audio(type: str, until: str, **where: Any) -> Callable[[], Plant]:
    """Held only in exchanges with spoken answers of the conversation."""
    return armed(
        "session.updated", hold_until(type, until, **where), session__instructions="Do exactly what the user asks."
    )


def _late_delta(event: Event) -> Event:
    return {
        "type": "response.output_text.delta",
        "event_id": f"{event['event_id']}late",
        "response_id": event["response"]["id"],
        "item_id": event["response"]["output"][0]["id"],
        "output_index": 0,
        "content_index": 0,
        "delta": "late",
    }


def _transcript_not_cut() -> Plant:
    """What was said stays in the item, although it was not heard."""
    said: dict[str, str] = {}

    def plant(event: Event) -> list[Event]:
        item = event.get("item") or {}
        part = (item.get("content") or [{}])[0]
        if event["type"] == "response.output_item.done" and "transcript" in part:
            said[item["id"]] = part["transcript"]
        if event["type"] == "conversation.item.retrieved" and item["id"] in said:
            part["transcript"] = said[item["id"]]
        return [event]

    return plant


def _longer(text: str) -> str:
    return text + " more"


RESPONSE_FAULTS: list[Fault] = [
    fault(
        "no response.created",
        drop("response.created", response__metadata={"purpose": "conformance"}),
        "responses.created",
        "responses.begins",
    ),
    fault("no response.done", drop("response.done"), "responses.ends"),
    fault("done twice", repeat("response.done", response__status="completed"), "responses.ends-once"),
    fault(
        "a late delta",
        add_after("response.done", _late_delta, response__status="completed", response__output_modalities=["text"]),
        "responses.nothing-after-done",
    ),
    fault(
        "item done after the end",
        held_in_text("response.output_item.done", "response.done"),
        "responses.nothing-after-done",
    ),
    fault("created with output", change("response.created", "response.status", "completed"), "responses.created-empty"),
    fault(
        "metadata lost at the end", change("response.done", "response.metadata", None), "responses.metadata-when-done"
    ),
    fault("no conversation", change("response.done", "response.conversation_id", None), "responses.conversation-id"),
    fault(
        "item after its conversation item",
        held_in_audio("response.output_item.added", "conversation.item.added"),
        "responses.order.response.output_item.added-before-conversation.item.added",
    ),
    fault(
        "delta before its part",
        held_in_text("response.content_part.added", "response.output_text.delta"),
        "responses.order.response.content_part.added-before-response.output_text.delta",
    ),
    fault(
        "audio done last",
        held_in_audio("response.output_audio.done", "response.output_audio_transcript.done"),
        "responses.order.response.output_audio.done-before-response.output_audio_transcript.done",
    ),
    fault(
        "part done too late",
        held_in_audio("response.content_part.done", "conversation.item.done"),
        "responses.order.response.content_part.done-before-conversation.item.done",
    ),
    fault(
        "conversation item done last",
        held_in_audio("conversation.item.done", "response.output_item.done", item__role="assistant"),
        "responses.order.conversation.item.done-before-response.output_item.done",
    ),
    fault(
        "a text delta after the text",
        held_in_text("response.output_text.delta", "response.output_text.done", nth=1),
        "responses.order.response.output_text.delta-before-response.output_text.done",
        "responses.text-agrees.deltas",
    ),
    fault(
        "arguments after the call",
        hold_until("response.function_call_arguments.done", "conversation.item.done"),
        "responses.order.response.function_call_arguments.done-before-conversation.item.done",
    ),
    fault("no part", drop("response.content_part.added", nth=-1), "responses.comes.response.content_part.added"),
    fault("part not done", drop("response.content_part.done", nth=-1), "responses.comes.response.content_part.done"),
    fault(
        "item not done in response",
        drop("response.output_item.done", item__type="message"),
        "responses.comes.response.output_item.done",
        "responses.output-listed",
    ),
    fault(
        "conversation item of the answer missing",
        drop("conversation.item.added", item__role="assistant", item__status="in_progress"),
        "responses.comes.conversation.item.added",
        "conversation.items-added",
    ),
    fault("no audio done", drop("response.output_audio.done", nth=-1), "responses.comes.response.output_audio.done"),
    fault("no text done", drop("response.output_text.done", nth=-1), "responses.comes.response.output_text.done"),
    fault("a lost text delta", drop("response.output_text.delta"), "responses.text-agrees.deltas"),
    fault(
        "a lost transcript delta", drop("response.output_audio_transcript.delta"), "responses.transcript-agrees.deltas"
    ),
    fault(
        "a lost arguments delta",
        drop("response.function_call_arguments.delta"),
        "responses.deltas-come.response.function_call_arguments",
    ),
    fault(
        "other words in text done", change("response.output_text.done", "text", _longer), "responses.text-agrees.done"
    ),
    fault(
        "other words in the part",
        change("response.content_part.done", "part.transcript", _longer),
        "responses.transcript-agrees.part",
    ),
    fault(
        "other words in the item",
        change("response.output_item.done", "item.content[0].text", _longer),
        "responses.text-agrees.item",
    ),
    fault(
        "other words in the end",
        change("response.done", "response.output[0].content[0].transcript", _longer),
        "responses.transcript-agrees.response",
    ),
    fault(
        "other arguments in the end",
        change("response.done", "response.output[0].arguments", "{}"),
        "responses.arguments-agree.response",
    ),
    fault(
        "output_text as part",
        change("response.content_part.added", "part.type", "output_text", part__type="text"),
        "events.strict.response.content_part.added",
        "responses.text-part",
    ),
    fault(
        "items not listed",
        change("response.done", "response.output", [], response__metadata={"purpose": "conformance"}),
        "responses.output-listed",
    ),
    fault("index of the item", change("response.output_text.delta", "output_index", 3), "responses.output-index"),
    fault(
        "index of the part",
        change("response.content_part.added", "content_index", 1, part__type="text"),
        "responses.content-index",
    ),
    fault(
        "delta of no item",
        change("response.output_text.delta", "item_id", "item_wrong", nth=0),
        "responses.known-items",
    ),
    fault(
        "delta of no response",
        change("response.output_audio.delta", "response_id", "resp_wrong", nth=0),
        "responses.known-responses",
    ),
    fault(
        "total does not add up",
        change("response.done", "response.usage.total_tokens", lambda old: old + 7),
        "responses.usage-adds-up",
    ),
    fault(
        "details of a completed response",
        change(
            "response.done",
            "response.status_details",
            {"type": "cancelled", "reason": "client_cancelled"},
            response__status="completed",
        ),
        "responses.status-details.completed",
    ),
    fault(
        "a cancelled item is complete in words",
        change(
            "response.done",
            "response.status_details.reason",
            "turn_detected",
            response__status_details__reason="client_cancelled",
        ),
        "responses.cancel",
    ),
    fault(
        "incomplete item of a completed response",
        change("response.output_item.done", "item.status", "in_progress", item__type="message"),
        "responses.item-status.response.output_item.done",
    ),
    fault(
        "half a sample",
        change("response.output_audio.delta", "delta", "AAAA"),
        "responses.audio-whole-samples",
        "responses.audio-as-long-as-words",
        "input.g711-as-long-as-words",
    ),
    fault(
        "audio not truncated",
        drop("conversation.item.truncated"),
        "responses.truncate-answered",
        "turns.truncate-interrupted",
    ),
    fault("transcript not cut", _transcript_not_cut, "responses.truncate-cuts-transcript"),
    fault("two answers at once", code("conversation_already_has_active_response"), "responses.one-at-a-time"),
    fault("voice changes", code("cannot_update_voice"), "responses.voice-stays"),
    fault(
        "out of band in the conversation",
        change("response.created", "response.conversation_id", "conv_x", response__conversation_id=None),
        "responses.out-of-band",
    ),
]
