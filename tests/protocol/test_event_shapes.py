"""What each client event may hold, and how what it may not is refused (protocol.md 4.2-4.11)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import event_shapes
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder
from ovos_voice_agent.protocol.event_shapes import decode_base64

DECODER = ClientEventDecoder()
PNG = "data:image/png;base64,iVBORw0KGgo="


def refusal(event: dict[str, Any]) -> tuple[str | None, str | None, str]:
    with pytest.raises(BadEvent) as caught:
        DECODER.check({**event, "event_id": "mine"})
    assert caught.value.event_id == "mine"
    return caught.value.code, caught.value.param, caught.value.message


def created(**item: Any) -> ce.NewItem:
    event = DECODER.check({"type": "conversation.item.create", "item": item})
    assert isinstance(event, ce.ConversationItemCreate)
    return event.item


def item(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": fields}


def message(role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    return item(type="message", role=role, content=list(parts), **more)


def response(**fields: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": fields}


TOO_LONG = (
    "Invalid '{}': string too long. Expected a string with maximum length {}, but got a string with length {} instead."
)
WRONG = "Invalid type for '{}': expected {}, but got {} instead."
REFUSED: list[tuple[dict[str, Any], str, str | None, str | None]] = [
    (
        {"type": "input_audio_buffer.append"},
        "missing_required_parameter",
        "audio",
        "Missing required parameter: 'audio'.",
    ),
    (
        {"type": "input_audio_buffer.append", "audio": 5},
        "invalid_type",
        "audio",
        WRONG.format("audio", "a string", "an integer"),
    ),
    ({"type": "input_audio_buffer.commit", "x": 1}, "unknown_parameter", "x", "Unknown parameter: 'x'."),
    ({"type": "input_audio_buffer.clear", "x": 1}, "unknown_parameter", "x", None),
    ({"type": "session.update"}, "missing_required_parameter", "session", "Missing required parameter: 'session'."),
    ({"type": "conversation.item.create"}, "missing_required_parameter", "item", None),
    ({"type": "conversation.item.create", "item": []}, "invalid_type", "item", None),
    ({"type": "conversation.item.retrieve"}, "missing_required_parameter", "item_id", None),
    (
        {"type": "conversation.item.delete", "item_id": None},
        "invalid_type",
        "item_id",
        WRONG.format("item_id", "a string", "null"),
    ),
    ({"type": "conversation.item.truncate", "item_id": "x"}, "missing_required_parameter", "content_index", None),
    (
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0, "audio_end_ms": -1},
        "integer_below_min_value",
        "audio_end_ms",
        "Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0, but got -1 instead.",
    ),
    (
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0.5, "audio_end_ms": 0},
        "invalid_type",
        "content_index",
        None,
    ),
    (
        item(role="user", content=[]),
        "missing_required_parameter",
        "item.type",
        "Missing required parameter: 'item.type'.",
    ),
    (
        item(type="item_reference", id="x"),
        "invalid_value",
        "item.type",
        (
            "Invalid value: 'item_reference'. Supported values are: 'message', 'function_call', "
            "'function_call_output', and 'mcp_approval_response'."
        ),
    ),
    (item(type="message", content=[]), "missing_required_parameter", "item.role", None),
    (item(type="message", role="user"), "missing_required_parameter", "item.content", None),
    (
        message("nobody"),
        "invalid_value",
        "item.role",
        "Invalid value: 'nobody'. Supported values are: 'user', 'assistant', and 'system'.",
    ),
    (message("user", id="x" * 39), "string_above_max_length", "item.id", TOO_LONG.format("item.id", 32, 39)),
    (message("user", 5), "invalid_type", "item.content[0]", None),
    (message("user", {"text": "x"}), "missing_required_parameter", "item.content[0].type", None),
    (message("user", {"type": 5}), "invalid_type", "item.content[0].type", None),
    (
        message("user", {"type": "output_text", "text": "x"}),
        "invalid_value",
        "item.content[0].type",
        "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_audio', and 'input_image'.",
    ),
    (
        message("system", {"type": "input_text", "text": "x"}, {"type": "input_image", "image_url": PNG}),
        "invalid_value",
        "item.content[1].type",
        "Invalid value: 'input_image'. Supported values are: 'input_text'.",
    ),
    (message("user", {"type": "input_text"}), "missing_required_parameter", "item.content[0].text", None),
    (
        message("user", {"type": "input_text", "text": "x", "extra": 1}),
        "unknown_parameter",
        "item.content[0].extra",
        None,
    ),
    (message("user", {"type": "input_audio"}), "missing_required_parameter", "item.content[0].audio", None),
    (message("user", {"type": "input_audio", "audio": "*"}), "invalid_value", "item.content[0].audio", None),
    (
        message("user", {"type": "input_image", "image_url": "https://example.org/cat.png"}),
        "invalid_value",
        "item.content[0].image_url",
        (
            "Invalid 'item.content[0].image_url': expected a data URI with a PNG or JPEG image "
            "(data:image/png;base64,...)."
        ),
    ),
    (
        message("user", {"type": "input_image", "image_url": PNG, "detail": "x"}),
        "invalid_value",
        "item.content[0].detail",
        None,
    ),
    (item(type="function_call", name="f"), "missing_required_parameter", "item.arguments", None),
    (item(type="function_call", arguments="{}"), "missing_required_parameter", "item.name", None),
    (
        item(type="function_call", name="f", arguments="{}", call_id="x" * 33),
        "string_above_max_length",
        "item.call_id",
        TOO_LONG.format("item.call_id", 32, 33),
    ),
    (item(type="function_call_output", output=""), "missing_required_parameter", "item.call_id", None),
    (item(type="function_call_output", call_id="x"), "missing_required_parameter", "item.output", None),
    (item(type="mcp_approval_response", approve=True), "missing_required_parameter", "item.approval_request_id", None),
    (response(conversation=5), "invalid_type", "response.conversation", None),
    (response(output_modalities=[]), "array_below_min_length", "response.output_modalities", None),
    (response(output_modalities=["video"]), "invalid_value", "response.output_modalities[0]", None),
    (
        response(temperature=0.8),
        "unknown_parameter",
        "response.temperature",
        "Unknown parameter: 'response.temperature'.",
    ),
    (response(max_output_tokens=0), "integer_below_min_value", "response.max_output_tokens", None),
    (response(max_output_tokens="all"), "invalid_value", "response.max_output_tokens", None),
    (response(metadata={str(n): "" for n in range(17)}), "object_above_max_properties", "response.metadata", None),
    (response(metadata={"x" * 65: ""}), "string_above_max_length", "response.metadata", None),
    (response(metadata={"x": "y" * 513}), "string_above_max_length", "response.metadata", None),
    (response(input=[{"type": "item_reference"}]), "missing_required_parameter", "response.input[0].id", None),
    (response(input=[{"type": "x"}]), "invalid_value", "response.input[0].type", None),
    (response(tools=[{"type": "mcp", "server_label": "cal"}]), "invalid_value", "response.tools[0].type", None),
    (response(audio={"output": {"speed": 3}}), "decimal_above_max_value", "response.audio.output.speed", None),
    (response(audio={"output": {"voice": 5}}), "invalid_type", "response.audio.output.voice", None),
    (
        response(audio={"output": {"voice": {"id": ""}}}),
        "string_below_min_length",
        "response.audio.output.voice.id",
        None,
    ),
    ({"type": "response.cancel", "response_id": 5}, "invalid_type", "response_id", None),
]


@pytest.mark.parametrize(("event", "code", "param", "text"), REFUSED)
def test_what_is_refused(event: dict[str, Any], code: str, param: str, text: str | None) -> None:
    got_code, got_param, got_text = refusal(event)
    assert (got_code, got_param) == (code, param)
    assert text is None or got_text == text


def test_items_are_normalised() -> None:
    part = {"type": "input_text", "text": "x"}
    plain = created(type="message", role="user", content=[part])
    assert created(type="message", role="user", content=[{**part, "type": "text"}]) == plain
    noted = created(
        type="message", role="user", content=[part], object="realtime.item", status="incomplete", phase=None
    )
    assert noted == plain
    assert created(type="message", role="developer", content=[part]) == created(
        type="message", role="system", content=[part]
    )
    assert created(type="message", role="user", content=[], id=None).id is None


def test_parts_are_normalised() -> None:
    spoken = created(type="message", role="assistant", content=[{"type": "audio", "transcript": None, "audio": "AAAA"}])
    assert spoken == created(type="message", role="assistant", content=[{"type": "output_audio"}])
    image = created(type="message", role="user", content=[{"type": "input_image", "image_url": PNG, "detail": None}])
    assert image == created(
        type="message", role="user", content=[{"type": "input_image", "image_url": PNG, "detail": "auto"}]
    )


@pytest.mark.parametrize(
    ("output", "stored"), [("x", "x"), ("", ""), ({"a": "ü"}, '{"a": "ü"}'), (None, "null"), ([1], "[1]")]
)
def test_outputs_of_tools_are_text(output: object, stored: str) -> None:
    assert created(type="function_call_output", call_id="x", output=output).output == stored


def test_both_modalities_are_audio() -> None:
    for asked, taken in ((["text"], ("text",)), (["audio"], ("audio",)), (["text", "audio"], ("audio",))):
        event = DECODER.check(response(output_modalities=asked))
        assert isinstance(event, ce.ResponseCreate)
        assert event.response.output_modalities == taken


def test_positions_are_rounded_down() -> None:
    event = DECODER.check(
        {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0.0, "audio_end_ms": 99.9}
    )
    assert event == ce.ConversationItemTruncate(item_id="x", content_index=0, audio_end_ms=99)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------------------- audio


@pytest.mark.parametrize(
    "text",
    ["AAEC/f7/", "AAEC_f7_", "AAEC\n/f7/ ", " AAEC/f7/=", "AAEC/f7/===="],
)
def test_base64_as_clients_send_it(text: str) -> None:
    assert decode_base64(text, "audio") == b"\x00\x01\x02\xfd\xfe\xff"


def test_padding_may_be_missing() -> None:
    for size in range(8):
        audio = bytes(range(size))
        assert decode_base64(base64.b64encode(audio).decode().rstrip("="), "audio") == audio


@pytest.mark.parametrize("text", ["A", "AAAAA", "****", "AA=AAA", "ÄÖÜ=", "AA\x00A"])
def test_what_is_not_base64(text: str) -> None:
    with pytest.raises(ClientError) as caught:
        decode_base64(text, "audio")
    assert (caught.value.code, caught.value.param) == ("invalid_value", "audio")
    assert caught.value.message == "Invalid 'audio'. Expected base64-encoded audio bytes but got an invalid value."


def test_an_append_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_shapes, "LONGEST_APPEND_BYTES", 6)
    fits = {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(6)).decode()}
    assert DECODER.check(fits) == ce.InputAudioBufferAppend(audio=bytes(6))
    code, param, text = refusal({**fits, "audio": base64.b64encode(bytes(7)).decode()})
    assert (code, param) == ("string_above_max_length", "audio")
    assert text == "Invalid 'audio': string too long. Expected at most 6 bytes of audio, but got 7 bytes instead."


def test_the_limit_of_an_append_is_15_mib() -> None:
    assert event_shapes.LONGEST_APPEND_BYTES == 15 * 1024 * 1024
