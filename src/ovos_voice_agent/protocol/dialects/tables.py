"""The tables of protocol.md 1.8 to 1.10, to be held against it: beta names and fields beside those of GA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.protocol.dialects.rows import Row, Table
from ovos_voice_agent.protocol.validation import OneOf

# ---------------------------------------------------------------------------------------------------------- event names

SERVER_EVENTS: Mapping[str, str] = {
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "conversation.item.added": "conversation.item.created",
}
"""GA -> beta, where the name differs."""

TRANSCRIPTION_EVENTS: Mapping[str, str] = {
    "session.created": "transcription_session.created",
    "session.updated": "transcription_session.updated",
}
"""GA -> beta in a transcription session."""

UPDATES: Mapping[str, str] = {"session.update": "realtime", "transcription_session.update": "transcription"}
"""Beta client events that are GA's `session.update`, and the type of session they configure."""

GA_ONLY_EVENTS = frozenset(
    {
        "conversation.item.done",
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.dtmf_event_received",
        "conversation.item.input_audio_transcription.segment",
    }
)
"""Dropped towards beta; so are all that begin with one of the next."""

GA_ONLY_FAMILIES = ("mcp_list_tools.", "response.mcp_call")

# --------------------------------------------------------------------------------------------------------------- values

AUDIO_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "pcm16": {"type": "audio/pcm", "rate": 24_000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}
"""Beta -> GA."""

_FORMAT_NAMES = {wire["type"]: name for name, wire in AUDIO_FORMATS.items()}

CONTENT_TYPES: Mapping[str, str] = {"output_text": "text", "output_audio": "audio"}
"""GA -> beta, in items. Parts of `response.content_part.*` have the beta names in both."""

VOICES = frozenset("alloy ash ballad coral echo sage shimmer verse".split())
"""The names that typed beta clients take in a session."""

STAND_IN_VOICE = "alloy"
"""What a voice of ours is called towards them."""

TEMPERATURE = 0.8
SILENCE_DURATION_MS = 200
"""Defaults of beta sessions that GA sessions do not have."""


def format_inwards(value: Any, path: str) -> Any:
    """The GA form already, of a client that mixes them, stays."""
    return value if isinstance(value, dict) or value is None else dict(AUDIO_FORMATS[OneOf(_NAMES)(value, path)])


_NAMES = tuple(AUDIO_FORMATS)


def format_outwards(value: Any) -> str:
    return _FORMAT_NAMES[value["type"]]


def _modalities_outwards(value: Any) -> list[str]:
    """Audio always brings its transcript, which beta counts as text."""
    return ["audio", "text"] if "audio" in value else ["text"]


def _voice_outwards(value: Any) -> Any:
    """Beta knows voices by name alone."""
    return value["id"] if isinstance(value, dict) else value


def detection_inwards(value: Any, _path: str) -> Any:
    """The type may be missing in beta."""
    if not isinstance(value, dict) or "type" in value:
        return value
    return {"type": "semantic_vad" if "eagerness" in value else "server_vad", **value}


def detection_outwards(value: Any) -> Any:
    return {key: entry for key, entry in value.items() if key != "idle_timeout_ms"}


def hearing_outwards(value: Any) -> Any:
    """Turns of a transcription session are not answered."""
    unknown = {"idle_timeout_ms", "create_response", "interrupt_response"}
    return {key: entry for key, entry in value.items() if key not in unknown}


# ------------------------------------------------------------------------------------------------------------- sessions

_INPUT: Table = (
    Row("input_audio_format", "audio.input.format", format_inwards, format_outwards),
    Row("input_audio_transcription", "audio.input.transcription"),
    Row("input_audio_noise_reduction", "audio.input.noise_reduction"),
)

SESSION: Table = (
    Row("id", "id"),
    Row("object", "object"),
    Row("model", "model"),
    Row("expires_at", "expires_at"),
    Row("modalities", "output_modalities", outwards=_modalities_outwards),
    Row("instructions", "instructions"),
    Row("voice", "audio.output.voice", outwards=_voice_outwards),
    Row("turn_detection", "audio.input.turn_detection", detection_inwards, detection_outwards),
    *_INPUT,
    Row("output_audio_format", "audio.output.format", format_inwards, format_outwards),
    Row("tools", "tools"),
    Row("tool_choice", "tool_choice"),
    Row("temperature", "temperature"),
    Row("max_response_output_tokens", "max_output_tokens"),
    Row("speed", "audio.output.speed"),
    Row("tracing", "tracing"),
    Row("prompt", "prompt", shown_when_null=False),
    Row("include", "include", shown_when_null=False),
    Row("x_ovos", "x_ovos", shown_when_null=False),
)
"""protocol.md 1.9, in the order of 3.4."""

TRANSCRIPTION_SESSION: Table = (
    Row("id", "id"),
    Row("object", "object"),
    Row("expires_at", "expires_at"),
    *_INPUT,
    Row("turn_detection", "audio.input.turn_detection", detection_inwards, hearing_outwards),
    Row("include", "include", shown_when_null=False),
    Row("x_ovos", "x_ovos", shown_when_null=False),
)

IGNORED_IN_SESSION = frozenset({"client_secret"})
IGNORED_IN_TRANSCRIPTION = frozenset({"client_secret", "modalities"})
"""Keys that clients of the time send and that configure nothing here."""

# ------------------------------------------------------------------------------------------------------------ responses

RESPONSE: Table = (
    Row("object", "object"),
    Row("id", "id"),
    Row("status", "status"),
    Row("status_details", "status_details"),
    Row("output", "output"),
    Row("conversation_id", "conversation_id"),
    Row("modalities", "output_modalities", outwards=_modalities_outwards),
    Row("voice", "audio.output.voice", outwards=_voice_outwards),
    Row("output_audio_format", "audio.output.format", format_inwards, format_outwards),
    Row("temperature", "temperature"),
    Row("max_output_tokens", "max_output_tokens"),
    Row("usage", "usage"),
    Row("metadata", "metadata"),
)
"""The `response` object of `response.created` and `response.done` (protocol.md 1.10)."""

RESPONSE_CREATE: Table = (
    Row("modalities", "output_modalities"),
    Row("voice", "audio.output.voice"),
    Row("output_audio_format", "audio.output.format", format_inwards),
    Row("max_response_output_tokens", "max_output_tokens"),
)
"""`response` of `response.create`; `max_output_tokens`, the documentation's name of the last one, is GA's as well."""

GA_ONLY_USAGE = frozenset({"image_tokens", "cached_tokens_details"})
"""Left out of `usage.input_token_details` towards beta."""
