"""What other servers do otherwise without being wrong, planted like faults: no case may fail for any of it."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.fault_proxy import (
    Event,
    Plant,
    add_after,
    answer_with,
    armed,
    change,
    drop,
    hold_until,
    leave_out,
)

TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
VENDOR = {"vendor": "other", "list": [1, None, {"a": "b"}]}
PIECE_BYTES = 480


@dataclass(frozen=True, slots=True)
class Variation:
    """One legal difference. `differs` are the cases that may mention it as a matter of taste."""

    name: str
    plant: Callable[[], Plant]
    differs: frozenset[str] = frozenset()


def each(changed: Callable[[Event], list[Event]]) -> Callable[[], Plant]:
    """Every event, on its own."""
    return lambda: lambda event: changed(copy.deepcopy(event))


class OtherNames:
    """Ids of another form, and a dated model name, in both directions."""

    _NAMES = (
        (r"\bitem_([0-9A-Za-z]{21})\b", r"msg-\1"),
        (r"\bresp_([0-9A-Za-z]{21})\b", r"response-0\1"),
        (r"\bevent_([0-9A-Za-z]{21})\b", r"\1"),
        (r"\bcall_([0-9A-Za-z]{16})\b", r"fc/\1"),
        (r'"gpt-realtime"', '"gpt-realtime-2025-08-28"'),
    )
    _BACK = (
        (r"\bmsg-([0-9A-Za-z]{21})\b", r"item_\1"),
        (r"\bresponse-0([0-9A-Za-z]{21})\b", r"resp_\1"),
        (r"\bfc/([0-9A-Za-z]{16})\b", r"call_\1"),
        (r'"gpt-realtime-2025-08-28"', '"gpt-realtime"'),
    )

    def __call__(self, event: Event) -> list[Event]:
        return [json.loads(_replaced(json.dumps(event), self._NAMES))]

    def outgoing(self, frame: str | bytes) -> str | bytes:
        return _replaced(frame, self._BACK) if isinstance(frame, str) else frame


def _replaced(text: str, names: tuple[tuple[str, str], ...]) -> str:
    for pattern, name in names:
        text = re.sub(pattern, name, text)
    return text


def _with_more(value: Any, depth: int = 0) -> Any:
    """Unknown keys in every object that a client's own words do not fill."""
    if isinstance(value, list):
        return [_with_more(one, depth) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {"metadata", "parameters", "turn_detection", "transcription"}
    more = {key: inner if key in kept else _with_more(inner, depth + 1) for key, inner in value.items()}
    return more | {"x_vendor": VENDOR}


def _split_audio(event: Event) -> list[Event]:
    if event["type"] != "response.output_audio.delta":
        return [event]
    pcm = base64.b64decode(event["delta"])
    pieces = [pcm[at : at + PIECE_BYTES] for at in range(0, len(pcm), PIECE_BYTES)]
    return [
        event | {"event_id": f"{event['event_id']}_{number}", "delta": base64.b64encode(piece).decode()}
        for number, piece in enumerate(pieces)
    ]


def _split_words(event: Event) -> list[Event]:
    """Deltas of one character, each padded."""
    if event["type"] == "response.output_audio.delta" or not event["type"].endswith(".delta"):
        return [event]
    return [
        event | {"event_id": f"{event['event_id']}_{number}", "delta": letter, "obfuscation": "aX9"}
        for number, letter in enumerate(event["delta"])
    ]


def _heartbeat(event: Event) -> list[Event]:
    beat = {"type": "vendor.heartbeat", "event_id": f"{event['event_id']}b", "item_id": "item_none", "response_id": "r"}
    return [event, beat]


def _greeting(event: Event) -> Event:
    conversation = {"id": "conv_other", "object": "realtime.conversation"}
    return {"type": "conversation.created", "event_id": f"{event['event_id']}c", "conversation": conversation}


def _other_defaults(event: Event) -> list[Event]:
    if event["type"] == "session.created" and event["session"]["type"] == "realtime":
        session = event["session"]
        session |= {"reasoning": {"effort": "low"}, "parallel_tool_calls": True, "max_output_tokens": 4096}
        session["audio"]["output"] |= {"voice": {"id": "voice_123"}, "speed": 1}
        session["audio"]["input"]["turn_detection"]["silence_duration_ms"] = 200
    return [event]


def _item_extras(event: Event) -> list[Event]:
    """Keys that hosted services have sent at some time."""
    item = event.get("item")
    if isinstance(item, dict):
        item["object"] = "realtime.item"
        if item["type"] == "function_call_output":
            item["status"] = "completed"
        if item.get("role") == "assistant":
            item["phase"] = "final_answer"
    return [event]


def _no_predecessor_in_done(event: Event) -> list[Event]:
    if event["type"] == "conversation.item.done" and event["item"].get("role") == "assistant":
        event["previous_item_id"] = None
    return [event]


def _tokens_for_transcripts(event: Event) -> list[Event]:
    if event["type"] == TRANSCRIBED:
        details = {"text_tokens": 0, "audio_tokens": 20}
        usage = {"type": "tokens", "total_tokens": 25, "input_tokens": 20, "output_tokens": 5}
        event |= {"usage": usage | {"input_token_details": details}, "logprobs": None}
    return [event]


def _not_shorter(event: Event) -> Event:
    message = "Audio content of 1200ms is already shorter than 3600000ms"
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": message, "param": None}
    named = {"event_id": "conformance_truncate-beyond"}
    return {"type": "error", "event_id": event["event_id"], "error": error | named}


def _other_frames(event: Event) -> list[Event]:
    """A detector that notices speech a little earlier, and its end a little later."""
    for key, off_ms in (("audio_start_ms", -90), ("audio_end_ms", 40)):
        if key in event and event["type"].startswith("input_audio_buffer.speech"):
            event[key] = max(0, event[key] + off_ms)
    return [event]


TALKING = {
    "session__type": "realtime",
    "session__audio__input__turn_detection__create_response": True,
    "session__audio__input__transcription__model": "whisper-1",
}
"""A server that answers by itself need not have transcribed before."""

FORM = [
    Variation("other names", OtherNames),
    Variation("unknown keys everywhere", each(lambda event: [_with_more(event)])),
    Variation("unknown events between", each(_heartbeat), frozenset({"events.declared-types"})),
    Variation("a conversation is announced", add_after("session.created", _greeting)),
    Variation("keys of other times in items", each(_item_extras)),
    Variation("other words in errors", change("error", "error.message", lambda old: f"{old} (Sorry.)")),
]
STREAMS = [
    Variation("no rate limits", drop("rate_limits.updated", nth=-1)),
    Variation("small pieces of audio", each(_split_audio)),
    Variation("words letter by letter", each(_split_words)),
    Variation("no deltas of transcripts", drop("conversation.item.input_audio_transcription.delta", nth=-1)),
    Variation("transcripts cost tokens", each(_tokens_for_transcripts)),
    Variation("another detector", each(_other_frames)),
]
CONDUCT = [
    Variation("other defaults", each(_other_defaults)),
    Variation("no predecessor when an answer is done", each(_no_predecessor_in_done)),
    Variation(
        "transcript after the answer", armed("session.updated", hold_until(TRANSCRIBED, "response.done"), **TALKING)
    ),
    Variation(
        "no truncation beyond the end",
        answer_with("conversation.item.truncated", _not_shorter, nth=1),
        frozenset({"responses.truncate-beyond-end"}),
    ),
    Variation(
        "truncation removes the transcript", leave_out("conversation.item.retrieved", "item.content[0].transcript")
    ),
]


def together(variations: list[Variation]) -> Callable[[], Plant]:
    """All of them at once, the first one nearest to the server."""

    def make() -> Plant:
        return Together([variation.plant() for variation in variations])

    return make


@dataclass
class Together:
    """One after the other; what the client sends goes through in the other direction."""

    plants: list[Plant]

    def __call__(self, event: Event) -> list[Event]:
        events = [event]
        for plant in self.plants:
            events = [other for one in events for other in plant(one)]
        return events

    def outgoing(self, frame: str | bytes) -> str | bytes:
        for plant in reversed(self.plants):
            frame = getattr(plant, "outgoing", lambda same: same)(frame)
        return frame
