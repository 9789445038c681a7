"""The events we send, in GA form (protocol.md 5). One struct per event, named as the event in CapWords.

`event_id` comes first in each. `bytes` travel as Base64.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from ovos_voice_agent.protocol.objects import (
    AudioPart,
    DurationUsage,
    ErrorDetails,
    Item,
    ItemId,
    LogProb,
    RateLimit,
    Response,
    ResponseId,
    TextPart,
    TranscriptionErrorDetails,
)
from ovos_voice_agent.protocol.settings import SessionView


class SessionCreated(Struct, frozen=True, tag_field="type", tag="session.created"):
    event_id: str
    session: SessionView


class SessionUpdated(Struct, frozen=True, tag_field="type", tag="session.updated"):
    event_id: str
    session: SessionView


class Error(Struct, frozen=True, tag_field="type", tag="error"):
    event_id: str
    error: ErrorDetails


class RateLimitsUpdated(Struct, frozen=True, tag_field="type", tag="rate_limits.updated"):
    event_id: str
    rate_limits: tuple[RateLimit, ...]


# --------------------------------------------------------------------------------------------------- input audio buffer


class InputAudioBufferCommitted(Struct, frozen=True, tag_field="type", tag="input_audio_buffer.committed"):
    event_id: str
    item_id: ItemId
    previous_item_id: ItemId | None


class InputAudioBufferCleared(Struct, frozen=True, tag_field="type", tag="input_audio_buffer.cleared"):
    event_id: str


class InputAudioBufferSpeechStarted(Struct, frozen=True, tag_field="type", tag="input_audio_buffer.speech_started"):
    event_id: str
    item_id: ItemId
    audio_start_ms: int


class InputAudioBufferSpeechStopped(Struct, frozen=True, tag_field="type", tag="input_audio_buffer.speech_stopped"):
    event_id: str
    item_id: ItemId
    audio_end_ms: int


class InputAudioBufferTimeoutTriggered(
    Struct, frozen=True, tag_field="type", tag="input_audio_buffer.timeout_triggered"
):
    event_id: str
    item_id: ItemId
    audio_start_ms: int
    audio_end_ms: int


# --------------------------------------------------------------------------------------------------- conversation items


class ConversationItemAdded(Struct, frozen=True, tag_field="type", tag="conversation.item.added"):
    event_id: str
    previous_item_id: ItemId | None
    item: Item


class ConversationItemDone(Struct, frozen=True, tag_field="type", tag="conversation.item.done"):
    event_id: str
    previous_item_id: ItemId | None
    item: Item


class ConversationItemRetrieved(Struct, frozen=True, tag_field="type", tag="conversation.item.retrieved"):
    event_id: str
    item: Item


class ConversationItemDeleted(Struct, frozen=True, tag_field="type", tag="conversation.item.deleted"):
    event_id: str
    item_id: ItemId


class ConversationItemTruncated(Struct, frozen=True, tag_field="type", tag="conversation.item.truncated"):
    event_id: str
    item_id: ItemId
    content_index: int
    audio_end_ms: int


class TranscriptionDelta(
    Struct, frozen=True, tag_field="type", tag="conversation.item.input_audio_transcription.delta"
):
    event_id: str
    item_id: ItemId
    content_index: int
    delta: str
    logprobs: tuple[LogProb, ...] | UnsetType = UNSET


class TranscriptionCompleted(
    Struct, frozen=True, tag_field="type", tag="conversation.item.input_audio_transcription.completed"
):
    event_id: str
    item_id: ItemId
    content_index: int
    transcript: str
    usage: DurationUsage
    logprobs: tuple[LogProb, ...] | UnsetType = UNSET


class TranscriptionFailed(
    Struct, frozen=True, tag_field="type", tag="conversation.item.input_audio_transcription.failed"
):
    event_id: str
    item_id: ItemId
    content_index: int
    error: TranscriptionErrorDetails


# ------------------------------------------------------------------------------------------------------------ responses


class ResponseCreated(Struct, frozen=True, tag_field="type", tag="response.created"):
    event_id: str
    response: Response


class ResponseDone(Struct, frozen=True, tag_field="type", tag="response.done"):
    event_id: str
    response: Response


class ResponseOutputItemAdded(Struct, frozen=True, tag_field="type", tag="response.output_item.added"):
    event_id: str
    response_id: ResponseId
    output_index: int
    item: Item


class ResponseOutputItemDone(Struct, frozen=True, tag_field="type", tag="response.output_item.done"):
    event_id: str
    response_id: ResponseId
    output_index: int
    item: Item


class ResponseContentPartAdded(Struct, frozen=True, tag_field="type", tag="response.content_part.added"):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    part: TextPart | AudioPart


class ResponseContentPartDone(Struct, frozen=True, tag_field="type", tag="response.content_part.done"):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    part: TextPart | AudioPart


class ResponseOutputTextDelta(Struct, frozen=True, tag_field="type", tag="response.output_text.delta"):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    delta: str


class ResponseOutputTextDone(Struct, frozen=True, tag_field="type", tag="response.output_text.done"):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    text: str


class ResponseOutputAudioTranscriptDelta(
    Struct, frozen=True, tag_field="type", tag="response.output_audio_transcript.delta"
):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    delta: str


class ResponseOutputAudioTranscriptDone(
    Struct, frozen=True, tag_field="type", tag="response.output_audio_transcript.done"
):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    transcript: str


class ResponseOutputAudioDelta(Struct, frozen=True, tag_field="type", tag="response.output_audio.delta"):
    """`delta` holds whole samples in the response's output format."""

    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    delta: bytes


class ResponseOutputAudioDone(Struct, frozen=True, tag_field="type", tag="response.output_audio.done"):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int


class ResponseFunctionCallArgumentsDelta(
    Struct, frozen=True, tag_field="type", tag="response.function_call_arguments.delta"
):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    call_id: str
    delta: str


class ResponseFunctionCallArgumentsDone(
    Struct, frozen=True, tag_field="type", tag="response.function_call_arguments.done"
):
    event_id: str
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    call_id: str
    name: str
    arguments: str


# ---------------------------------------------------------------------------------------------------- our own extension


class TimelineMark(Struct, frozen=True):
    """`at_ms` is on the connection's audio clock (protocol.md 7.3), extended by the server's monotonic clock."""

    name: str
    at_ms: int


class TurnTimeline(Struct, frozen=True, tag_field="type", tag="x_ovos.turn.timeline"):
    """Where the time of one turn went (protocol.md 11); sent only to those who ask for it."""

    event_id: str
    response_id: ResponseId
    item_id: ItemId | None
    origin: str
    marks: tuple[TimelineMark, ...]
    decision: dict[str, Any]
    word_times: str | UnsetType = UNSET


class SpokenWord(Struct, frozen=True):
    """A word that begins at `at_ms` of the item's audio and ends with character `end` of its transcript."""

    end: int
    at_ms: int


class WordTimes(Struct, frozen=True, tag_field="type", tag="x_ovos.response.word_times"):
    """When words of a reply are said, in place of what was told of its audio from `from_ms` on; sent only to those who
    ask for it. `estimated`: by us, where the voice does not tell."""

    event_id: str
    response_id: ResponseId
    item_id: ItemId
    content_index: int
    from_ms: int
    words: tuple[SpokenWord, ...]
    estimated: bool


ServerEvent: TypeAlias = (
    SessionCreated
    | SessionUpdated
    | Error
    | RateLimitsUpdated
    | InputAudioBufferCommitted
    | InputAudioBufferCleared
    | InputAudioBufferSpeechStarted
    | InputAudioBufferSpeechStopped
    | InputAudioBufferTimeoutTriggered
    | ConversationItemAdded
    | ConversationItemDone
    | ConversationItemRetrieved
    | ConversationItemDeleted
    | ConversationItemTruncated
    | TranscriptionDelta
    | TranscriptionCompleted
    | TranscriptionFailed
    | ResponseCreated
    | ResponseDone
    | ResponseOutputItemAdded
    | ResponseOutputItemDone
    | ResponseContentPartAdded
    | ResponseContentPartDone
    | ResponseOutputTextDelta
    | ResponseOutputTextDone
    | ResponseOutputAudioTranscriptDelta
    | ResponseOutputAudioTranscriptDone
    | ResponseOutputAudioDelta
    | ResponseOutputAudioDone
    | ResponseFunctionCallArgumentsDelta
    | ResponseFunctionCallArgumentsDone
    | TurnTimeline
    | WordTimes
)
