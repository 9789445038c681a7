"""What each client event may hold (protocol.md 4), as tables of shapes; the results fit the structs of
`client_events.py`."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.session_shapes import (
    PROMPT,
    REASONING,
    RESPONSE_EXTENSIONS,
    TOOL_CHOICE,
    MaxTokens,
    Modalities,
    ToolShape,
    output_audio_shape,
    session_shape,
    temperature_shape,
)
from ovos_voice_agent.protocol.validation import (
    Anything,
    ByType,
    Fields,
    Flag,
    Integer,
    JsonObject,
    ListOf,
    Nullable,
    OneOf,
    Shape,
    StringMap,
    Text,
    invalid_type,
    invalid_value,
)

LONGEST_EVENT_ID = 512
LONGEST_ITEM_ID = 32
LONGEST_APPEND_BYTES = 15 * 1024 * 1024

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def decode_base64(value: Any, path: str) -> bytes:
    """Base64 as clients really send it: padding may be missing, whitespace is ignored, the URL-safe alphabet will do.

    Raises ClientError; the message names no format, see `codec.py` for the one that does.
    """
    if not isinstance(value, str):
        raise invalid_type(value, "a string", path)
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except (binascii.Error, ValueError):
        return _decode_lenient(value, path)


def _decode_lenient(value: str, path: str) -> bytes:
    plain = "".join(value.split()).rstrip("=").replace("-", "+").replace("_", "/")
    if _NOT_BASE64.search(plain) or len(plain) % 4 == 1:
        message = f"Invalid '{path}'. Expected base64-encoded audio bytes but got an invalid value."
        raise ClientError(message, code="invalid_value", param=path)
    return base64.b64decode(plain + "=" * (-len(plain) % 4))


@dataclass(frozen=True, slots=True)
class AudioBytes:
    """Base64 of audio."""

    def __call__(self, value: Any, path: str) -> bytes:
        audio = decode_base64(value, path)
        if len(audio) > LONGEST_APPEND_BYTES:
            message = (
                f"Invalid '{path}': string too long. Expected at most {LONGEST_APPEND_BYTES} bytes of audio, "
                f"but got {len(audio)} bytes instead."
            )
            raise ClientError(message, code="string_above_max_length", param=path)
        return audio


@dataclass(frozen=True, slots=True)
class ImageUrl:
    """A `data:` URI of a PNG or JPEG; addresses are not fetched."""

    def __call__(self, value: Any, path: str) -> str:
        url = Text()(value, path)
        if not url.startswith(("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,")):
            message = f"Invalid '{path}': expected a data URI with a PNG or JPEG image (data:image/png;base64,...)."
            raise ClientError(message, code="invalid_value", param=path)
        return url


@dataclass(frozen=True, slots=True)
class Discarded:
    """Accepted and left out."""

    def __call__(self, _value: Any, _path: str) -> None:
        return None


_INPUT_TEXT = Fields({"type": Anything(), "text": Text()}, required=("text",))
_INPUT_AUDIO = Fields(
    {"type": Anything(), "audio": AudioBytes(), "transcript": Nullable(Text()), "format": Discarded()},
    required=("audio",),
)
_INPUT_IMAGE = Fields(
    {"type": Anything(), "image_url": ImageUrl(), "detail": Nullable(OneOf(("auto", "low", "high")))},
    required=("image_url",),
)
_OUTPUT_TEXT = Fields({"type": Anything(), "text": Text()}, required=("text",))
_OUTPUT_AUDIO = Fields(
    {"type": Anything(), "transcript": Nullable(Text()), "audio": Discarded(), "format": Discarded()}
)

_PARTS: Mapping[str, Mapping[str, Fields]] = {
    "user": {"input_text": _INPUT_TEXT, "input_audio": _INPUT_AUDIO, "input_image": _INPUT_IMAGE},
    "assistant": {"output_text": _OUTPUT_TEXT, "output_audio": _OUTPUT_AUDIO},
    "system": {"input_text": _INPUT_TEXT},
}
_BETA_SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "user": {"text": "input_text", "audio": "input_audio"},
    "assistant": {"text": "output_text", "audio": "output_audio"},
    "system": {"text": "input_text"},
}


@dataclass(frozen=True, slots=True)
class PartOf:
    """A content part of a role's message; beta spellings of the types are accepted (protocol.md 1.10)."""

    types: ByType
    spellings: Mapping[str, str]

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        part = JsonObject()(value, path)
        kind = part.get("type")
        checked = self.types({**part, "type": self._spelled(kind)} if "type" in part else part, path)
        if checked["type"] == "output_audio":
            return {"type": "output_audio", "transcript": checked.get("transcript") or ""}
        if checked["type"] == "input_image":
            return {**checked, "detail": checked.get("detail") or "auto"}
        return checked

    def _spelled(self, kind: Any) -> Any:
        return self.spellings.get(kind, kind) if isinstance(kind, str) else kind


_ITEM_COMMON: Mapping[str, Shape] = {
    "type": Anything(),
    "id": Nullable(Text(longest=LONGEST_ITEM_ID)),
    "object": Discarded(),
    "status": Discarded(),
}


def _message_of(role: str) -> Fields:
    part = PartOf(ByType("type", _PARTS[role]), _BETA_SPELLINGS[role])
    return Fields(
        {**_ITEM_COMMON, "role": Anything(), "content": ListOf(part), "phase": Discarded()}, required=("content",)
    )


@dataclass(frozen=True, slots=True)
class MessageShape:
    """A message of any role; `developer` counts as system."""

    roles: ByType

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        message = JsonObject()(value, path)
        return self.roles({**message, "role": "system"} if message.get("role") == "developer" else message, path)


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """A string; other JSON values are encoded, as several clients rely on."""

    def __call__(self, value: Any, _path: str) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_CALL_ID = Text(longest=LONGEST_ITEM_ID)

_ITEM_SHAPES: Mapping[str, Shape] = {
    "message": MessageShape(ByType("role", {role: _message_of(role) for role in _PARTS})),
    "function_call": Fields(
        {**_ITEM_COMMON, "name": Text(), "arguments": Text(), "call_id": Nullable(_CALL_ID)},
        required=("name", "arguments"),
    ),
    "function_call_output": Fields(
        {**_ITEM_COMMON, "call_id": _CALL_ID, "output": ToolOutput()}, required=("call_id", "output")
    ),
    "mcp_approval_response": Fields(
        {**_ITEM_COMMON, "approval_request_id": Text(), "approve": Flag(), "reason": Nullable(Text())},
        required=("approval_request_id", "approve"),
    ),
}

ITEM = ByType("type", _ITEM_SHAPES)

_REFERENCE = Fields({"type": Anything(), "id": Text()}, required=("id",))

INPUT_ITEM = ByType("type", {**_ITEM_SHAPES, "item_reference": _REFERENCE})
"""An element of `response.input`: an item, or a reference to one of the conversation."""


def response_shape(*, extended_rates: bool, temperature: bool = False) -> Fields:
    """`response` of `response.create`."""
    return Fields(
        {
            "conversation": Nullable(Text()),
            "input": Nullable(ListOf(INPUT_ITEM)),
            "output_modalities": Nullable(Modalities()),
            "instructions": Nullable(Text()),
            "audio": Nullable(Fields({"output": Nullable(output_audio_shape(extended_rates=extended_rates))})),
            "tools": Nullable(ListOf(ToolShape())),
            "tool_choice": Nullable(TOOL_CHOICE),
            "parallel_tool_calls": Nullable(Flag()),
            "max_output_tokens": Nullable(MaxTokens()),
            "reasoning": Nullable(REASONING),
            "prompt": Nullable(PROMPT),
            "metadata": Nullable(StringMap(most=16, longest_key=64, longest_value=512)),
            "x_ovos": Nullable(RESPONSE_EXTENSIONS),
            **temperature_shape(allowed=temperature),
        }
    )


def event_shapes(*, extended_rates: bool, temperature: bool = False) -> dict[str, Shape]:
    """The table of all client events by their type. `temperature` is allowed in the preview dialects alone."""
    session = session_shape(extended_rates=extended_rates, temperature=temperature)
    response = response_shape(extended_rates=extended_rates, temperature=temperature)
    tables: dict[str, tuple[dict[str, Shape], tuple[str, ...]]] = {
        "session.update": ({"session": session}, ("session",)),
        "input_audio_buffer.append": ({"audio": AudioBytes()}, ("audio",)),
        "input_audio_buffer.clear": ({}, ()),
        "input_audio_buffer.commit": ({}, ()),
        "conversation.item.create": ({"item": ITEM, "previous_item_id": Nullable(Text())}, ("item",)),
        "conversation.item.retrieve": ({"item_id": Text()}, ("item_id",)),
        "conversation.item.truncate": (
            {"item_id": Text(), "content_index": Integer(0), "audio_end_ms": Integer(0, floor=True)},
            ("item_id", "content_index", "audio_end_ms"),
        ),
        "conversation.item.delete": ({"item_id": Text()}, ("item_id",)),
        "response.create": ({"response": Nullable(response)}, ()),
        "response.cancel": ({"response_id": Nullable(Text())}, ()),
        "output_audio_buffer.clear": ({}, ()),
    }
    common: dict[str, Shape] = {"type": Anything(), "event_id": Nullable(Text(longest=LONGEST_EVENT_ID))}
    return {name: Fields({**common, **fields}, required=required) for name, (fields, required) in tables.items()}


__all__ = ["INPUT_ITEM", "ITEM", "decode_base64", "event_shapes", "invalid_value", "response_shape"]
