"""The faults that are planted, one at a time, and the cases that must catch each."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.beta_faults import BETA_FAULTS
from tests.conformance.fault_proxy import (
    CLOSE,
    Event,
    Fault,
    Plant,
    add_after,
    add_before,
    answer_with,
    change,
    drop,
    fault,
    hold_until,
    leave_out,
    repeat,
)
from tests.conformance.response_faults import RESPONSE_FAULTS, code

TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


def _old_greeting(event: Event) -> Event:
    conversation = {"id": "conv_1", "object": "realtime.conversation"}
    return {"type": "conversation.created", "event_id": f"{event['event_id']}c", "conversation": conversation}


def _surplus_error(event: Event) -> Event:
    error = {
        "type": "invalid_request_error",
        "code": "surplus",
        "message": "For no reason.",
        "param": None,
        "event_id": None,
    }
    return {"type": "error", "event_id": f"{event['event_id']}e", "error": error}


def _updated(event: Event) -> Event:
    return {"type": "session.updated", "event_id": event["event_id"], "session": {"type": "realtime"}}


INVALID_VALUES = (
    "session.type-unknown",
    "session.turn-detection-unknown",
    "session.modality-unknown",
    "session.eagerness-unknown",
    "session.noise-reduction-unknown",
    "session.tool-choice-unknown",
    "session.tool-type-unknown",
    "conversation.item-type-unknown",
    "conversation.item-content-unknown",
    "conversation.append-not-base64",
    "conversation.response-modality-unknown",
)


def _broken_arguments() -> Plant:
    """All events agree on arguments that are no JSON."""

    def plant(event: Event) -> list[Event]:
        text = json.dumps(event)
        if "function_call" in text and event["type"].startswith(("response.", "conversation.item.done")):
            return [_without_brace(event)]
        return [event]

    return plant


def _without_brace(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: inner.rstrip("}")
            if key in {"arguments", "delta"} and isinstance(inner, str)
            else _without_brace(inner)
            for key, inner in value.items()
        }
    return [_without_brace(one) for one in value] if isinstance(value, list) else value


def _clock_begins_anew() -> Plant:
    """The second turn is told as if it were the first."""
    starts: list[int] = []

    def plant(event: Event) -> list[Event]:
        if event["type"] == "input_audio_buffer.speech_started":
            starts.append(event["audio_start_ms"])
            event["audio_start_ms"] = starts[0]
        return [event]

    return plant


FAULTS: list[Fault] = [
    # connection
    fault("no greeting", drop("session.created"), "connection.session-created", "connection.key-in-subprotocol"),
    fault("greeting second", add_before("session.created", _old_greeting), "connection.first-frame"),
    fault("no session id", change("session.created", "session.id", ""), "connection.session-id", "session.id-stays"),
    fault("expires in the past", change("session.created", "session.expires_at", 0), "connection.session-expires"),
    fault(
        "closes after an error",
        add_after("error", lambda _: {"type": CLOSE}, error__code="invalid_event"),
        "connection.stays-open",
    ),
    # form of events
    fault(
        "an event_id twice", change("response.output_item.added", "event_id", "event_same"), "events.event-ids-unique"
    ),
    fault(
        "no event_id in deltas",
        leave_out("response.output_text.delta", "event_id"),
        "events.strict.response.output_text.delta",
    ),
    fault("a name of our own", change("rate_limits.updated", "type", "limits.changed"), "events.declared-types"),
    fault(
        "beta name of a delta",
        change("response.output_audio_transcript.delta", "type", "response.audio_transcript.delta"),
        "events.declared-types",
        "events.no-beta-names",
        "responses.deltas-come.response.output_audio_transcript",
    ),
    fault(
        "status as a number", change("conversation.item.done", "item.status", 1), "events.strict.conversation.item.done"
    ),
    fault("no usage in a transcription", leave_out(TRANSCRIBED, "usage"), f"events.strict.{TRANSCRIBED}"),
    fault(
        "a position as text",
        change("input_audio_buffer.speech_stopped", "audio_end_ms", str),
        "events.strict.input_audio_buffer.speech_stopped",
    ),
    fault("rates as an object", change("rate_limits.updated", "rate_limits", {}), "events.strict.rate_limits.updated"),
    fault("a missing null: usage", leave_out("response.created", "response.usage"), "events.keys.response.created"),
    fault("a missing null: metadata", leave_out("response.done", "response.metadata"), "events.keys.response.done"),
    fault(
        "a missing null: previous item",
        leave_out("input_audio_buffer.committed", "previous_item_id"),
        "events.keys.input_audio_buffer.committed",
    ),
    fault(
        "a missing null: previous item of added",
        leave_out("conversation.item.added", "previous_item_id"),
        "events.keys.conversation.item.added",
    ),
    fault("a missing null: param", leave_out("error", "error.param"), "events.keys.error"),
    fault(
        "a missing null: transcription",
        leave_out("session.created", "session.audio.input.transcription"),
        "events.keys.session.created",
    ),
    fault(
        "a missing null: transcript",
        leave_out("conversation.item.added", "item.content[0].transcript"),
        "events.keys.transcript-of-user-audio",
    ),
    fault("error of the wrong type", change("error", "error.type", "server_error"), "events.error-type"),
    # session settings
    fault("updated twice", repeat("session.updated", nth=12), "session.answered-once"),
    fault(
        "instructions not shown", change("session.updated", "session.instructions", "x", nth=1), "session.instructions"
    ),
    fault(
        "interrupt_response turned on",
        change("session.updated", "session.audio.input.turn_detection.interrupt_response", True),
        "session.interrupt-response-shown",
    ),
    fault(
        "modalities not in force",
        change("session.updated", "session.output_modalities", ["audio"], nth=1),
        "session.modalities",
    ),
    fault("speed lost", change("session.updated", "session.audio.output.speed", 1.0), "session.speed"),
    fault(
        "language kept",
        change("session.updated", "session.audio.input.transcription.language", "en", nth=-1),
        "session.transcription-replaced",
    ),
    fault("another session", change("session.updated", "session.id", "sess_other"), "session.id-stays"),
    fault("the event not named", change("error", "error.event_id", None), "session.error-names-event"),
    fault("an error for nothing", add_after("session.updated", _surplus_error, nth=12), "session.no-surplus-errors"),
    fault("wrong code: unknown type", code("invalid_value", "unknown"), *INVALID_VALUES),
    fault(
        "wrong code: unknown key",
        change("error", "error.code", "invalid_value", error__param="session.no_such_key"),
        "session.key-unknown",
    ),
    fault(
        "wrong path",
        change("error", "error.param", "session", error__param="session.instructions"),
        "session.type-wrong",
    ),
    fault(
        "accepts the beta shape",
        answer_with("error", _updated, error__param="session.modalities"),
        "session.beta-shape",
    ),
    # conversation
    fault("code: retrieve", code("item_retrieve_invalid_item_id"), "conversation.retrieve-unknown"),
    fault("code: delete", code("item_delete_invalid_item_id"), "conversation.delete-unknown"),
    fault("code: truncate", code("item_truncate_invalid_item_id"), "conversation.truncate-unknown"),
    fault("code: duplicate", code("item_create_duplicate_item_id"), "conversation.item-duplicate"),
    fault("code: previous", code("item_create_invalid_previous_item_id"), "conversation.item-previous-unknown"),
    fault("code: call", code("invalid_tool_call_id"), "conversation.output-without-call"),
    fault(
        "words: cancel",
        change("error", "error.message", "Nothing to cancel.", error__code="response_cancel_not_active"),
        "conversation.cancel-nothing",
    ),
    fault(
        "id not kept",
        change("conversation.item.added", "item.id", "item_ours", item__id="conf_first"),
        "conversation.item-id-kept",
        "conversation.items-added",
        "conversation.items-done",
    ),
    fault(
        "content lost",
        change("conversation.item.added", "item.content", [], item__id="conf_first"),
        "conversation.item-content-kept",
        "conversation.items-same-when-done",
    ),
    fault(
        "root at the end",
        change("conversation.item.added", "previous_item_id", "conf_first", item__id="conf_root"),
        "conversation.root",
    ),
    fault(
        "placed elsewhere",
        change("conversation.item.added", "previous_item_id", "conf_first", item__id="conf_after"),
        "conversation.after-an-item",
    ),
    fault(
        "wrong predecessor",
        change("conversation.item.added", "previous_item_id", None, item__id="conf_last"),
        "conversation.predecessors",
    ),
    fault("item not done", drop("conversation.item.done", item__id="conf_first"), "conversation.items-done"),
    fault(
        "item not added",
        drop("conversation.item.added", item__id="conf_call"),
        "conversation.items-added",
    ),
    fault(
        "done before added",
        hold_until("conversation.item.added", "conversation.item.done", item__role="user"),
        "conversation.items-done-after-added",
    ),
    fault(
        "added twice",
        repeat("conversation.item.added", item__id="conf_last"),
        "conversation.once.conversation.item.added",
    ),
    fault("not deleted", drop("conversation.item.deleted"), "conversation.delete-answered"),
    fault("another one deleted", change("conversation.item.deleted", "item_id", "conf_root"), "conversation.delete"),
    fault(
        "retrieved empty",
        change("conversation.item.retrieved", "item.content", [], item__id="conf_after"),
        "conversation.retrieved-whole",
    ),
    # tools
    fault(
        "call without a name",
        leave_out("response.function_call_arguments.done", "name"),
        "events.strict.response.function_call_arguments.done",
    ),
    fault(
        "another call_id",
        change("response.function_call_arguments.delta", "call_id", "call_other"),
        "tools.one-call-id",
    ),
    fault("arguments are no JSON", _broken_arguments, "tools.arguments-are-json"),
    fault(
        "call begins with arguments",
        change("response.output_item.added", "item.arguments", "{}", item__type="function_call"),
        "tools.call-begins-empty",
    ),
    fault(
        "two calls with one call_id",
        change("response.done", "response.output[1].call_id", "call_0", response__output={"length": 2}),
        "tools.several-calls",
    ),
    fault(
        "an image lost",
        change("conversation.item.added", "item.content", [], item__id="conf_image"),
        "conversation.image-added",
        "conversation.items-same-when-done",
    ),
    # limits
    fault(
        "less than nothing remains",
        change("rate_limits.updated", "rate_limits[0].remaining", -5),
        "events.rate-limits",
    ),
    # idle timeout
    fault("no idle timeout", drop("input_audio_buffer.timeout_triggered", nth=-1), "turns.idle-timeout"),
    fault(
        "idle from its end to its beginning",
        change("input_audio_buffer.timeout_triggered", "audio_start_ms", 10**9),
        "turns.idle-timeout-span",
    ),
    fault(
        "idle for another item",
        change("input_audio_buffer.timeout_triggered", "item_id", "item_other"),
        "turns.idle-timeout-committed",
    ),
    # input audio and turns
    fault(
        "code: commit",
        code("input_audio_buffer_commit_empty"),
        "conversation.commit-nothing",
        "input.commit-too-early",
        "input.commit-empties-the-buffer",
        "input.g711-length",
    ),
    fault("not cleared", drop("input_audio_buffer.cleared", nth=-1), "input.clear"),
    fault("speech not announced", drop("input_audio_buffer.speech_started", nth=-1), "turns.speech-noticed"),
    fault("speech does not stop", drop("input_audio_buffer.speech_stopped", nth=-1), "turns.speech-stops"),
    fault("turn not committed", drop("input_audio_buffer.committed", nth=-1), "turns.turns-committed", "input.commit"),
    fault(
        "turn not added",
        drop(
            "conversation.item.added",
            nth=-1,
            item__content={"is": "array"},
            item__role="user",
            **{"item.content[0].type": "input_audio"},
        ),
        "turns.committed-added",
        "conversation.items-added",
    ),
    fault(
        "stopped before started",
        hold_until("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"),
        "turns.order.input_audio_buffer.speech_started-before-input_audio_buffer.speech_stopped",
    ),
    fault(
        "committed before stopped",
        hold_until("input_audio_buffer.speech_stopped", "input_audio_buffer.committed"),
        "turns.order.input_audio_buffer.speech_stopped-before-input_audio_buffer.committed",
    ),
    fault(
        "item before its commit",
        hold_until("input_audio_buffer.committed", "conversation.item.added"),
        "turns.order.input_audio_buffer.committed-before-conversation.item.added",
    ),
    fault(
        "another item stops",
        change("input_audio_buffer.speech_stopped", "item_id", "item_other"),
        "turns.item.input_audio_buffer.speech_stopped",
    ),
    fault(
        "start without padding",
        change("input_audio_buffer.speech_started", "audio_start_ms", lambda old: old + 600),
        "turns.start-position",
    ),
    fault(
        "end too early",
        change("input_audio_buffer.speech_stopped", "audio_end_ms", lambda old: old - 600),
        "turns.end-position",
    ),
    fault("clock begins anew", _clock_begins_anew, "turns.positions-grow"),
    fault("no transcript", drop(TRANSCRIBED, nth=-1), "turns.transcribed", "input.transcribed"),
    fault("transcribed twice", repeat(TRANSCRIBED), "turns.transcribed-once"),
    fault(
        "transcript of another item", change(TRANSCRIBED, "item_id", "item_other", nth=0), f"turns.item.{TRANSCRIBED}"
    ),
    fault(
        "transcript delta after the transcript",
        hold_until("conversation.item.input_audio_transcription.delta", TRANSCRIBED),
        f"turns.order.conversation.item.input_audio_transcription.delta-before-{TRANSCRIBED}",
    ),
    fault(
        "interrupted for another reason",
        change(
            "response.done",
            "response.status_details.reason",
            "client_cancelled",
            response__status_details__reason="turn_detected",
        ),
        "turns.interrupted",
    ),
    fault(
        "no transcription session",
        change("session.created", "session.type", "realtime", session__type="transcription"),
        "transcription.created",
    ),
    fault(
        "code: realtime update",
        change("error", "error.code", "wrong_code", error__code="invalid_parameter"),
        "transcription.realtime-in-transcription",
        "session.transcription-in-realtime",
    ),
    *RESPONSE_FAULTS,
    *BETA_FAULTS,
]
