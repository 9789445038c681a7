"""The form of `POST /v1/audio/transcriptions` and `/translations` (protocol.md 2.11, 2.12).

Rules: fields are texts, as forms have them; arrays come as `name[]`, or as `name`; unknown fields are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.languages import language_code
from ovos_voice_agent.protocol.rest_speech import ignored
from ovos_voice_agent.protocol.validation import ByType, Decimal, Fields, Integer, OneOf, Text, invalid_value, missing

FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
TRANSLATION_FORMATS = ("json", "text", "srt", "verbose_json", "vtt")
SUBTITLES = ("srt", "vtt")
GRANULARITIES = ("word", "segment")
LONGEST_PROMPT = 8192
MOST_KEYWORDS = 1000


class Chunking(Struct, frozen=True):
    """How a recording is cut into utterances, in the words of a session's turn detection."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500


class TranscriptionRequest(Struct, frozen=True, kw_only=True):
    """What is wanted of a recording. `chunking` None leaves the cutting to the server."""

    model: str
    task: Literal["transcribe", "translate"] = "transcribe"
    language: str | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = "json"
    temperature: float | None = None
    words: bool = False
    segments: bool = False
    logprobs: bool = False
    stream: bool = False
    chunking: Chunking | None = None


class FormFields:
    """The text fields of a form."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str | None:
        """The first value; None when the field is missing or empty."""
        return next((value for value in self._fields.get(name, ()) if value.strip()), None)

    def list(self, name: str) -> list[str]:
        """All values of `name[]` and of `name`; of `name` also with commas between them."""
        plain = (part.strip() for value in self._fields.get(name, ()) for part in value.split(","))
        return [value for value in (*self._fields.get(f"{name}[]", ()), *plain) if value]

    def part(self, name: str) -> dict[str, str]:
        """Fields `name[key]` by key."""
        start = f"{name}["
        return {key[len(start) : -1]: values[0] for key, values in self._fields.items() if key.startswith(start)}


def read_transcription_request(fields: FormFields, *, model: str | None = None) -> TranscriptionRequest:
    """The request of a form; `model` is that of the path, where it has one. Raises ClientError."""
    response_format: Any = OneOf(FORMATS)(fields.text("response_format") or "json", "response_format")
    granularities = _granularities(fields, response_format)
    include = [OneOf(("logprobs",))(value, f"include[{place}]") for place, value in enumerate(fields.list("include"))]
    if include and response_format != "json":
        raise _needs("include", "json", response_format)
    stream = _flag(fields, "stream")
    if stream and response_format not in ("json", "text"):
        raise _needs("stream", "json", response_format)
    return TranscriptionRequest(
        model=_model(fields, model),
        language=_language(fields),
        prompt=_prompt(fields),
        keywords=tuple(fields.list("keywords")[:MOST_KEYWORDS]),
        response_format=response_format,
        temperature=_temperature(fields),
        words="word" in granularities,
        segments="segment" in granularities,
        logprobs=bool(include),
        stream=stream,
        chunking=_chunking(fields),
    )


def read_translation_request(fields: FormFields, *, model: str | None = None) -> TranscriptionRequest:
    """The same for translations into English."""
    response_format: Any = fields.text("response_format") or "json"
    return TranscriptionRequest(
        model=_model(fields, model),
        task="translate",
        prompt=_prompt(fields),
        response_format=OneOf(TRANSLATION_FORMATS)(response_format, "response_format"),  # type: ignore[arg-type]
        temperature=_temperature(fields),
        segments=response_format == "verbose_json",
    )


def _model(fields: FormFields, model: str | None) -> str:
    named = model or fields.text("model")
    if named is None:
        raise missing("model")
    return named


def _granularities(fields: FormFields, response_format: str) -> list[str]:
    found = fields.list("timestamp_granularities")
    for place, value in enumerate(found):
        OneOf(GRANULARITIES)(value, f"timestamp_granularities[{place}]")
    if response_format == "verbose_json":
        return found or ["segment"]
    if "word" in found:
        raise _needs("timestamp_granularities", "verbose_json", response_format)
    return []


def _needs(param: str, wanted: str, got: str) -> ClientError:
    message = f"'{param}' needs the response_format '{wanted}', not '{got}'."
    return ClientError(message, code="invalid_value", param=param)


def _language(fields: FormFields) -> str | None:
    """The code of one language; where several may be spoken, the recogniser is to find out."""
    several = fields.list("languages")
    named = fields.text("language") or (several[0] if len(several) == 1 else None)
    if named is None:
        return None
    code = language_code(named)
    if code is None:
        message = f"Invalid language '{named[:40]}'. Language parameter must be specified in ISO-639-1 format."
        raise ClientError(message, code="invalid_value", param="language")
    return code


def _prompt(fields: FormFields) -> str | None:
    prompt = fields.text("prompt")
    return None if prompt is None else Text(LONGEST_PROMPT)(prompt, "prompt")


def _temperature(fields: FormFields) -> float | None:
    text = fields.text("temperature")
    if text is None:
        return None
    return Decimal(0.0, 1.0)(_number(text, "temperature"), "temperature")


def _number(text: str, path: str) -> Any:
    try:
        return msgspec.json.decode(text, type=float)
    except msgspec.DecodeError:
        raise ClientError(f"Invalid type for '{path}': expected a number.", code="invalid_type", param=path) from None


def _flag(fields: FormFields, name: str) -> bool:
    text = (fields.text(name) or "false").lower()
    if text not in ("true", "false", "1", "0"):
        raise invalid_value(text[:40], ("true", "false"), name)
    return text in ("true", "1")


# ------------------------------------------------------------------------------------------------------------- chunking

_SERVER_VAD = Fields(
    {
        "type": OneOf(("server_vad",)),
        "threshold": Decimal(0.0, 1.0),
        "prefix_padding_ms": Integer(0, 10_000, floor=True),
        "silence_duration_ms": Integer(0, 10_000, floor=True),
    },
    unknown=ignored,
)
_STRATEGY = ByType("type", {"server_vad": _SERVER_VAD})


def _chunking(fields: FormFields) -> Chunking | None:
    """`auto`, JSON text of an object, or the object as fields of its own."""
    path = "chunking_strategy"
    text = fields.text(path)
    parts = fields.part(path)
    if text is None and not parts:
        return None
    if text == "auto":
        return Chunking()
    given: Any = {key: value if key == "type" else _number(value, f"{path}.{key}") for key, value in parts.items()}
    if text is not None:
        given = _object(text, path)
    if given is None:
        return None
    checked = _STRATEGY(given, path)
    checked.pop("type")
    return Chunking(**checked)


def _object(text: str, path: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise invalid_value(text[:40], ("auto", "server_vad"), path) from None


# ---------------------------------------------------------------------------------------------------------- description

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}

TRANSLATION_FORM: Mapping[str, Any] = {
    "file": {"type": "string", "format": "binary"},
    "model": _TEXT,
    "prompt": _TEXT,
    "response_format": {"type": "string", "enum": list(TRANSLATION_FORMATS)},
    "temperature": {"type": "number", "minimum": 0, "maximum": 1},
}
"""The fields of the forms as JSON Schema, for the OpenAPI document."""

FORM: Mapping[str, Any] = {
    **TRANSLATION_FORM,
    "response_format": {"type": "string", "enum": list(FORMATS)},
    "language": _TEXT,
    "languages[]": _TEXTS,
    "keywords[]": _TEXTS,
    "timestamp_granularities[]": {"type": "array", "items": {"type": "string", "enum": list(GRANULARITIES)}},
    "include[]": {"type": "array", "items": {"type": "string", "enum": ["logprobs"]}},
    "stream": {"type": "boolean"},
    "chunking_strategy": _TEXT,
}
