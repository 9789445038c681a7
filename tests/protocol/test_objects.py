"""Objects as they travel: null or left out, in the keys of the hosted service (protocol.md 5.4, 5.6, 5.7, 7.6)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.objects import ItemId, ResponseId

OUTPUT = o.ResponseAudio(o.ResponseAudioOutput({"type": "audio/pcmu"}, "marin"))
OBJECTS: list[tuple[Any, Any]] = [
    (o.InputAudio(), {"type": "input_audio", "transcript": None}),
    (o.InputAudio("x", b"\x00\x01"), {"type": "input_audio", "transcript": "x", "audio": "AAE="}),
    (o.OutputAudio("x"), {"type": "output_audio", "transcript": "x"}),
    (o.TextPart(), {"type": "text", "text": ""}),
    (o.AudioPart("x"), {"type": "audio", "transcript": "x"}),
    (
        o.MessageItem(ItemId("i"), "completed", "user", (o.InputText("x"),)),
        {
            "type": "message", "id": "i", "status": "completed", "role": "user",
            "content": [{"type": "input_text", "text": "x"}],
        },
    ),
    (
        o.FunctionCallOutputItem(ItemId("i"), "c", ""),
        {"type": "function_call_output", "id": "i", "call_id": "c", "output": ""},
    ),
    (o.Cancelled("turn_detected"), {"type": "cancelled", "reason": "turn_detected"}),
    (o.Incomplete("content_filter"), {"type": "incomplete", "reason": "content_filter"}),
    (
        o.Failed(o.FailureDetails("server_error", "server_error", "No.")),
        {"type": "failed", "error": {"type": "server_error", "code": "server_error", "message": "No."}},
    ),
    (
        o.ErrorDetails("invalid_request_error", "No."),
        {"type": "invalid_request_error", "message": "No.", "code": None, "param": None, "event_id": None},
    ),
    (
        o.TranscriptionErrorDetails("transcription_error", "server_error", "No."),
        {"type": "transcription_error", "code": "server_error", "message": "No.", "param": ""},
    ),
    (o.DurationUsage(1.5), {"type": "duration", "seconds": 1.5}),
    (
        o.Response(ResponseId("r"), "in_progress", None, ("audio",), "inf", OUTPUT),
        {
            "id": "r", "status": "in_progress", "conversation_id": None, "output_modalities": ["audio"],
            "max_output_tokens": "inf", "audio": {"output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}},
            "object": "realtime.response", "status_details": None, "output": [], "usage": None, "metadata": None,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("value", "wire"), OBJECTS, ids=lambda value: type(value).__name__)
def test_as_they_travel(value: Any, wire: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(value)) == wire
    assert value.__struct_config__.frozen


def test_usage_has_numbers_everywhere() -> None:
    wire = msgspec.json.decode(msgspec.json.encode(o.Usage()))
    numbers = [
        value
        for part in (wire, *[entry for entry in wire.values() if isinstance(entry, dict)])
        for value in part.values()
    ]
    assert None not in numbers
    assert set(wire["input_token_details"]) == {
        "text_tokens",
        "audio_tokens",
        "image_tokens",
        "cached_tokens",
        "cached_tokens_details",
    }
    assert set(wire["output_token_details"]) == {"text_tokens", "audio_tokens"}
