"""The body of `POST /v1/audio/speech` (protocol.md 2.10), and the events of its answer as SSE.

Rules: unknown keys are ignored, for many clients add those of other servers; what we know is checked strictly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from msgspec import Struct

from ovos_voice_agent.audio.format import EXTENDED_PCM_RATES_HZ, PCM_RATE_HZ
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.validation import Decimal, Fields, Integer, Nullable, OneOf, Text, invalid_type

LONGEST_INPUT = 4096
LONGEST_INSTRUCTIONS = 4096
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
NO_INSTRUCTIONS = "None"
"""What Home Assistant sends when it has none."""


class SpeechRequest(Struct, frozen=True, kw_only=True):
    """What to say. `rate_hz` and `language` are ours: `x_ovos: {"rate": 48000, "language": "de"}`."""

    input: str
    model: str
    voice: str
    instructions: str | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = 1.0
    stream_format: Literal["audio", "sse"] = "audio"
    rate_hz: int = PCM_RATE_HZ
    language: str | None = None


def ignored(_path: str) -> None:
    """What lenient bodies do with an unknown key."""


@dataclass(frozen=True, slots=True)
class VoiceName:
    """A shape: the name of a voice, or an object with its id."""

    @property
    def schema(self) -> dict[str, Any]:
        named = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
        return {"anyOf": [{"type": "string", "minLength": 1}, named]}

    def __call__(self, value: Any, path: str) -> str:
        if isinstance(value, dict):
            return Text(shortest=1)(value.get("id"), f"{path}.id")
        if not isinstance(value, str):
            raise invalid_type(value, "a string or an object with an id", path)
        return Text(shortest=1)(value, path)


@dataclass(frozen=True, slots=True)
class Rate:
    """A shape: one of the rates in Hz that every format has."""

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "enum": list(EXTENDED_PCM_RATES_HZ)}

    def __call__(self, value: Any, path: str) -> int:
        rate_hz = Integer()(value, path)
        if rate_hz in EXTENDED_PCM_RATES_HZ:
            return rate_hz
        supported = ", ".join(map(str, EXTENDED_PCM_RATES_HZ))
        message = f"Invalid value: {rate_hz}. Supported rates are: {supported}."
        raise ClientError(message, code="invalid_value", param=path)


EXTENSIONS = Fields({"rate": Rate(), "language": Nullable(Text(35))})
"""Ours; strict, so that nobody believes to have set what does not exist."""

SPEECH_REQUEST = Fields(
    {
        "input": Text(LONGEST_INPUT, shortest=1),
        "model": Text(shortest=1),
        "voice": VoiceName(),
        "instructions": Nullable(Text(LONGEST_INSTRUCTIONS)),
        "response_format": Nullable(OneOf(FORMATS)),
        "speed": Nullable(Decimal(0.25, 4.0)),
        "stream_format": Nullable(OneOf(("audio", "sse"))),
        "x_ovos": EXTENSIONS,
    },
    required=("input", "model", "voice"),
    unknown=ignored,
)


def read_speech_request(body: Any) -> SpeechRequest:
    """The request of a decoded JSON body. Raises ClientError."""
    given = {key: value for key, value in SPEECH_REQUEST(body, "").items() if value is not None}
    extensions = given.pop("x_ovos", {})
    if given.get("instructions") == NO_INSTRUCTIONS:
        del given["instructions"]
    return SpeechRequest(
        **given, rate_hz=extensions.get("rate", PCM_RATE_HZ), language=extensions.get("language") or None
    )


class SpeechDelta(Struct, frozen=True, tag="speech.audio.delta"):
    """`audio` is Base64 of more of the file."""

    audio: str


class SpeechUsage(Struct, frozen=True):
    input_tokens: int
    output_tokens: int
    total_tokens: int


class SpeechDone(Struct, frozen=True, tag="speech.audio.done"):
    usage: SpeechUsage
