"""What a session object from a client may hold (protocol.md 3), as tables of shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.audio.format import EXTENDED_PCM_RATES_HZ, PCM_RATE_HZ
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.languages import AUTO, language_code
from ovos_voice_agent.protocol.validation import (
    Anything,
    ByType,
    Decimal,
    Fields,
    Flag,
    Integer,
    JsonObject,
    ListOf,
    Nullable,
    OneOf,
    Shape,
    Text,
    invalid_type,
    missing,
)

SERVER_MADE = frozenset({"object", "id", "expires_at"})
"""Keys of a session that the server makes; ignored when sent back to us."""


@dataclass(frozen=True, slots=True)
class PcmRate:
    """The one rate of the API, or, by configuration, a few more."""

    extended: bool

    def __call__(self, value: Any, path: str) -> int:
        rate_hz = Integer()(value, path)
        if self.extended and rate_hz in EXTENDED_PCM_RATES_HZ:
            return rate_hz
        return Integer(PCM_RATE_HZ, PCM_RATE_HZ)(rate_hz, path)


@dataclass(frozen=True, slots=True)
class WireFormatShape:
    """`audio.*.format`; a missing PCM rate is filled in."""

    extended: bool

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        rate = Fields({"type": Anything(), "rate": PcmRate(self.extended)}, required=("type",))
        plain = Fields({"type": Anything(), "rate": Integer(8_000, 8_000)}, required=("type",))
        checked = ByType("type", {"audio/pcm": rate, "audio/pcmu": plain, "audio/pcma": plain})(value, path)
        if checked["type"] == "audio/pcm":
            return {"type": "audio/pcm", "rate": checked.get("rate", PCM_RATE_HZ)}
        return {"type": checked["type"]}


@dataclass(frozen=True, slots=True)
class Modalities:
    """Exactly one of text and audio; both count as audio, which always brings its transcript."""

    def __call__(self, value: Any, path: str) -> list[str]:
        chosen = ListOf(OneOf(("text", "audio")), shortest=1)(value, path)
        return ["audio"] if "audio" in chosen else ["text"]


@dataclass(frozen=True, slots=True)
class MaxTokens:
    """A whole number from 1 to 4096, or "inf"."""

    def __call__(self, value: Any, path: str) -> int | str:
        if isinstance(value, str):
            return OneOf(("inf",))(value, path)
        return Integer(1, 4096)(value, path)


_CUSTOM_VOICE = Fields({"id": Text(shortest=1)}, required=("id",))


@dataclass(frozen=True, slots=True)
class VoiceName:
    """A name, or `{"id": ...}` of a custom voice."""

    custom: Fields = _CUSTOM_VOICE

    def __call__(self, value: Any, path: str) -> str | dict[str, Any]:
        return self.custom(value, path) if isinstance(value, dict) else Text(shortest=1)(value, path)


@dataclass(frozen=True, slots=True)
class StringOr:
    """One of a few strings, or an object."""

    values: tuple[str, ...]
    shape: Shape

    def __call__(self, value: Any, path: str) -> Any:
        return OneOf(self.values)(value, path) if isinstance(value, str) else self.shape(value, path)


_FUNCTION_TOOL = Fields(
    {
        "type": Anything(),
        "name": Text(longest=64, shortest=1),
        "description": Nullable(Text()),
        "parameters": Nullable(JsonObject()),
        "strict": Nullable(Flag()),
    }
)


@dataclass(frozen=True, slots=True)
class ToolShape:
    """A function tool. MCP tools are refused by name: this server runs none of its own yet."""

    function: Fields = _FUNCTION_TOOL

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        tool = JsonObject()(value, path)
        kind = tool.get("type", "function")
        if kind == "mcp":
            label = tool.get("server_label")
            message = f"MCP tools are not supported by this server: remove the MCP server '{label}' from '{path}'."
            raise ClientError(message, code="invalid_value", param=f"{path}.type")
        OneOf(("function", "mcp"))(kind, f"{path}.type")
        if "name" not in tool:
            raise missing(f"{path}.name")
        return {key: entry for key, entry in self.function(tool, path).items() if entry is not None}


TOOL_CHOICE = StringOr(
    ("none", "auto", "required"),
    ByType(
        "type",
        {
            "function": Fields({"type": Anything(), "name": Text()}, required=("name",)),
            "mcp": Fields(
                {"type": Anything(), "server_label": Text(), "name": Nullable(Text())}, required=("server_label",)
            ),
        },
    ),
)

_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")

REASONING = Fields({"effort": Nullable(OneOf(_EFFORTS)), "summary": Nullable(Anything())})

PROMPT = Fields(
    {"id": Text(shortest=1), "version": Nullable(Text()), "variables": Nullable(JsonObject())}, required=("id",)
)

TRUNCATION = StringOr(
    ("auto", "disabled"),
    ByType(
        "type",
        {
            "retention_ratio": Fields(
                {
                    "type": Anything(),
                    "retention_ratio": Decimal(0, 1),
                    "token_limits": Nullable(Fields({"post_instructions": Integer(0)})),
                },
                required=("retention_ratio",),
            )
        },
    ),
)

TRACING = StringOr(
    ("auto",),
    Fields({"workflow_name": Nullable(Text()), "group_id": Nullable(Text()), "metadata": Nullable(JsonObject())}),
)

TRANSCRIPTION = Fields(
    {
        "model": Text(shortest=1),
        "language": Nullable(Text()),
        "prompt": Nullable(Text()),
        "languages": ListOf(Text(), shortest=1),
        "keywords": ListOf(Text()),
        "delay": OneOf(_EFFORTS),
    }
)

TURN_DETECTION = ByType(
    "type",
    {
        "server_vad": Fields(
            {
                "type": Anything(),
                "threshold": Decimal(0, 1),
                "prefix_padding_ms": Integer(0, 5_000),
                "silence_duration_ms": Integer(0, 10_000),
                "idle_timeout_ms": Nullable(Integer(5_000, 30_000)),
                "create_response": Flag(),
                "interrupt_response": Flag(),
            }
        ),
        "semantic_vad": Fields(
            {
                "type": Anything(),
                "eagerness": OneOf(("low", "medium", "high", "auto")),
                "create_response": Flag(),
                "interrupt_response": Flag(),
            }
        ),
    },
)

NOISE_REDUCTION = Fields({"type": OneOf(("near_field", "far_field")), "strength": Decimal(0, 1)}, required=("type",))


@dataclass(frozen=True, slots=True)
class Language:
    """`auto`, or a language by its code (`de`, `de-AT`)."""

    def __call__(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid_type(value, "a string", path)
        if value != AUTO and language_code(value) is None:
            message = f"Invalid value: '{value[:40]}'. Expected '{AUTO}' or the code of a language, such as 'de'."
            raise ClientError(message, code="invalid_value", param=path)
        return value


EXTENSIONS = Fields({"timeline": Flag(), "language": Nullable(Language()), "recording": Flag(), "words": Flag()})
RESPONSE_EXTENSIONS = Fields({"language": Nullable(Language())})

INCLUDE = ListOf(OneOf(("item.input_audio_transcription.logprobs",)))


def input_audio_shape(*, extended_rates: bool) -> Fields:
    """`session.audio.input`."""
    return Fields(
        {
            "format": Nullable(WireFormatShape(extended_rates)),
            "transcription": Nullable(TRANSCRIPTION),
            "noise_reduction": Nullable(NOISE_REDUCTION),
            "turn_detection": Nullable(TURN_DETECTION),
        }
    )


def output_audio_shape(*, extended_rates: bool) -> Fields:
    """`session.audio.output`."""
    return Fields(
        {
            "format": Nullable(WireFormatShape(extended_rates)),
            "voice": Nullable(VoiceName()),
            "speed": Nullable(Decimal(0.25, 1.5)),
        }
    )


TEMPERATURE = Decimal(0.6, 1.2)


def temperature_shape(*, allowed: bool) -> dict[str, Shape]:
    """The key `temperature`, which only the preview dialects have; the GA form answers `unknown_parameter`."""
    return {"temperature": Nullable(TEMPERATURE)} if allowed else {}


def realtime_session_shape(*, extended_rates: bool, temperature: bool = False) -> Fields:
    """`session` of a realtime session."""
    audio = Fields(
        {
            "input": input_audio_shape(extended_rates=extended_rates),
            "output": output_audio_shape(extended_rates=extended_rates),
        }
    )
    return Fields(
        {
            "type": Anything(),
            "model": Nullable(Text()),
            "output_modalities": Nullable(Modalities()),
            "instructions": Nullable(Text()),
            "audio": audio,
            "tools": Nullable(ListOf(ToolShape())),
            "tool_choice": Nullable(TOOL_CHOICE),
            "parallel_tool_calls": Nullable(Flag()),
            "reasoning": Nullable(REASONING),
            "max_output_tokens": Nullable(MaxTokens()),
            "truncation": Nullable(TRUNCATION),
            "tracing": Nullable(TRACING),
            "prompt": Nullable(PROMPT),
            "include": Nullable(INCLUDE),
            "x_ovos": Nullable(EXTENSIONS),
            **temperature_shape(allowed=temperature),
        },
        ignored=SERVER_MADE,
    )


def transcription_session_shape(*, extended_rates: bool) -> Fields:
    """`session` of a transcription session."""
    return Fields(
        {
            "type": Anything(),
            "audio": Fields({"input": input_audio_shape(extended_rates=extended_rates)}),
            "include": Nullable(INCLUDE),
            "x_ovos": Nullable(EXTENSIONS),
        },
        ignored=SERVER_MADE,
    )


@dataclass(frozen=True, slots=True)
class SessionShape:
    """A session request of either type; `type` decides and is required."""

    types: Mapping[str, Shape]

    def __call__(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid_type(value, "an object", path)
        # A beta-shaped update is told of its first unknown key, as the hosted service does, before its missing type.
        if "type" not in value:
            self.types["realtime"](value, path)
        return ByType("type", self.types)(value, path)


def session_shape(*, extended_rates: bool, temperature: bool = False) -> SessionShape:
    """`session` of `session.update`."""
    return SessionShape(
        {
            "realtime": realtime_session_shape(extended_rates=extended_rates, temperature=temperature),
            "transcription": transcription_session_shape(extended_rates=extended_rates),
        }
    )
