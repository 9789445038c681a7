"""Items, content parts, responses, usage and errors as they travel, in GA form.

All are frozen. `bytes` travel as Base64. Keys that are null by default are sent as null; keys that are left out are
`UNSET` (protocol.md 0, rule 6).
"""

from __future__ import annotations

from typing import Any, Literal, NewType, TypeAlias

from msgspec import UNSET, Struct, UnsetType

ItemId = NewType("ItemId", str)
ResponseId = NewType("ResponseId", str)

ItemStatus: TypeAlias = Literal["in_progress", "completed", "incomplete"]
ResponseStatus: TypeAlias = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]
Modality: TypeAlias = Literal["text", "audio"]


# -------------------------------------------------------------------------------------------------------------- content


class InputText(Struct, frozen=True, tag_field="type", tag="input_text"):
    text: str


class InputAudio(Struct, frozen=True, tag_field="type", tag="input_audio"):
    """`audio` (in the session's input format) only in `conversation.item.retrieved` and from clients."""

    transcript: str | None = None
    audio: bytes | UnsetType = UNSET


class InputImage(Struct, frozen=True, tag_field="type", tag="input_image"):
    """`image_url` is a `data:` URI of a PNG or JPEG."""

    image_url: str
    detail: str = "auto"


class OutputText(Struct, frozen=True, tag_field="type", tag="output_text"):
    text: str


class OutputAudio(Struct, frozen=True, tag_field="type", tag="output_audio"):
    """`audio` (in the session's output format) only in `conversation.item.retrieved`."""

    transcript: str = ""
    audio: bytes | UnsetType = UNSET


Content: TypeAlias = InputText | InputAudio | InputImage | OutputText | OutputAudio


class TextPart(Struct, frozen=True, tag_field="type", tag="text"):
    """`part` of `response.content_part.*` for text: here the type is `text`, not `output_text`."""

    text: str = ""


class AudioPart(Struct, frozen=True, tag_field="type", tag="audio"):
    """`part` of `response.content_part.*` for audio."""

    transcript: str = ""


# ---------------------------------------------------------------------------------------------------------------- items


class MessageItem(Struct, frozen=True, tag_field="type", tag="message"):
    id: ItemId
    status: ItemStatus
    role: Literal["user", "assistant", "system"]
    content: tuple[Content, ...] = ()


class FunctionCallItem(Struct, frozen=True, tag_field="type", tag="function_call"):
    """`arguments` is JSON text, empty while in progress."""

    id: ItemId
    status: ItemStatus
    name: str
    call_id: str
    arguments: str = ""


class FunctionCallOutputItem(Struct, frozen=True, tag_field="type", tag="function_call_output"):
    id: ItemId
    call_id: str
    output: str


Item: TypeAlias = MessageItem | FunctionCallItem | FunctionCallOutputItem


# ------------------------------------------------------------------------------------------------------------ responses


class CachedTokens(Struct, frozen=True):
    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0


class InputTokens(Struct, frozen=True):
    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0
    cached_tokens: int = 0
    cached_tokens_details: CachedTokens = CachedTokens()


class OutputTokens(Struct, frozen=True):
    text_tokens: int = 0
    audio_tokens: int = 0


class Usage(Struct, frozen=True):
    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    input_token_details: InputTokens = InputTokens()
    output_token_details: OutputTokens = OutputTokens()


class DurationUsage(Struct, frozen=True, tag_field="type", tag="duration"):
    """Usage of a transcription, in seconds of audio."""

    seconds: float


class FailureDetails(Struct, frozen=True):
    type: str
    code: str
    message: str


class Cancelled(Struct, frozen=True, tag_field="type", tag="cancelled"):
    reason: Literal["turn_detected", "client_cancelled"]


class Incomplete(Struct, frozen=True, tag_field="type", tag="incomplete"):
    reason: Literal["max_output_tokens", "content_filter"]


class Failed(Struct, frozen=True, tag_field="type", tag="failed"):
    error: FailureDetails


StatusDetails: TypeAlias = Cancelled | Incomplete | Failed


class ResponseAudioOutput(Struct, frozen=True):
    format: dict[str, Any]
    voice: str | dict[str, str]


class ResponseAudio(Struct, frozen=True):
    output: ResponseAudioOutput


class Response(Struct, frozen=True):
    """A response as in `response.created` and `response.done`; `temperature` only where a preview dialect set one."""

    id: ResponseId
    status: ResponseStatus
    conversation_id: str | None
    output_modalities: tuple[Modality, ...]
    max_output_tokens: int | Literal["inf"]
    audio: ResponseAudio
    object: str = "realtime.response"
    status_details: StatusDetails | None = None
    output: tuple[Item, ...] = ()
    usage: Usage | None = None
    metadata: dict[str, str] | None = None
    temperature: float | UnsetType = UNSET


# --------------------------------------------------------------------------------------------------------------- others


class ErrorDetails(Struct, frozen=True):
    """The `error` of an `error` event; all keys are always present."""

    type: str
    message: str
    code: str | None = None
    param: str | None = None
    event_id: str | None = None


class TranscriptionErrorDetails(Struct, frozen=True):
    """The `error` of a failed transcription; strings only, the JavaScript SDK refuses null here."""

    type: str
    code: str
    message: str
    param: str = ""


class LogProb(Struct, frozen=True):
    token: str
    logprob: float
    bytes: tuple[int, ...]


class RateLimit(Struct, frozen=True):
    name: str
    limit: int
    remaining: int
    reset_seconds: float
