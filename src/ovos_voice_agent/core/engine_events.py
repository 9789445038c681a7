"""What engines, timers and the shell report to the session, in the past tense.

Every report carries the id of what it belongs to; the session ignores what belongs to something cancelled or replaced.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.objects import ItemId, ResponseId


class Opened(Struct, frozen=True):
    """The connection stands; the first input of every session."""


class Refused(Struct, frozen=True):
    """A client event could not be understood, or may not be acted on; it is answered in its place."""

    error: ClientError
    event_id: str | None = None


class ShuttingDown(Struct, frozen=True):
    """The server stops; responses end and the client is told why."""


class TimerFired(Struct, frozen=True):
    """A timer set with `SetTimer` ran out."""

    name: str


# ------------------------------------------------------------------------------------------------------- what was heard


class SpeechStarted(Struct, frozen=True):
    """The detector heard the first frame of speech begin at `onset` (without padding). `detection` as in `Detect`."""

    detection: int
    onset: Tick


class SpeechStopped(Struct, frozen=True):
    """The person has finished. `last_speech` is the end of the last frame of speech, `end` the end of the last frame
    of the
    silence that decided; `decision` says why, for the time line."""

    detection: int
    last_speech: Tick
    end: Tick
    decision: dict[str, Any]


class SpeechPaused(Struct, frozen=True):
    """The person is silent since `last_speech`, and may have finished: speech has neither ended nor gone on by `at`,
    the end of the silence so far. Told once for each pause, a short while before `SpeechStopped` could come."""

    detection: int
    last_speech: Tick
    at: Tick


class SpeechResumed(Struct, frozen=True):
    """After `SpeechPaused` the person goes on, from `at`."""

    detection: int
    at: Tick


class SpeechLasted(Struct, frozen=True):
    """The speech that started goes on: its pauses left out, it has lasted `length` by `at`. Told again and again, first
    when it is too long for a short noise."""

    detection: int
    at: Tick
    length: Tick


class Heard(Struct, frozen=True):
    """The detector has judged everything before `until`. Sent now and then, so that old audio can be let go."""

    detection: int
    until: Tick


class WordsHeard(Struct, frozen=True):
    """A hypothesis of an utterance. `stable` only grows; `any_words` is True as soon as there is any word at all.
    `unstable` are the words behind it, which may still be taken for others."""

    item_id: ItemId
    stable: str
    any_words: bool
    unstable: str = ""


class Transcribed(Struct, frozen=True):
    """The final transcript of an utterance, empty when nothing was said."""

    item_id: ItemId
    transcript: str
    language: str | None = None
    logprobs: tuple[tuple[str, float], ...] = ()


class TranscriptGuessed(Struct, frozen=True):
    """What `GuessTranscript` asked for: the final transcript, should nothing more be said."""

    item_id: ItemId
    transcript: str
    language: str | None = None
    logprobs: tuple[tuple[str, float], ...] = ()


class NotGuessed(Struct, frozen=True):
    """There is no guess of an utterance; it is as if none had been asked for."""

    item_id: ItemId


class TranscriptionFailed(Struct, frozen=True):
    item_id: ItemId
    code: str
    message: str


# ------------------------------------------------------------------------------------------------------------ the reply


class ReplyText(Struct, frozen=True):
    """More of the written answer."""

    response_id: ResponseId
    text: str


class PhraseStarted(Struct, frozen=True):
    """From here on the audio speaks the characters `start` to `end` of the message written so far."""

    response_id: ResponseId
    start: int
    end: int


class WordStarted(Struct, frozen=True):
    """A spoken word begins at `samples` of the phrase's audio and ends with character `end` of the message."""

    end: int
    samples: int


class ReplyAudio(Struct, frozen=True, omit_defaults=True):
    """More of the spoken answer: whole samples in the response's output format. `words` begin in the current phrase.

    `estimated`: the voice does not tell when it says a word. Then `words` are all of the phrase so far, as well as that
    can be told from the sound; they replace those before, and there may be no audio with them.
    """

    response_id: ResponseId
    audio: bytes
    words: tuple[WordStarted, ...] = ()
    estimated: bool = False


class ReplyCall(Struct, frozen=True):
    """More of a tool call. The first piece of a call names it; pieces of one call come together, calls in order."""

    response_id: ResponseId
    index: int
    arguments: str = ""
    call_id: str = ""
    name: str = ""


class ReplyUsage(Struct, frozen=True):
    """The model's own numbers, zero where it gave none."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


class ReplyFinished(Struct, frozen=True):
    """The model has finished and everything it made has been reported."""

    response_id: ResponseId
    reason: Literal["stop", "length", "content_filter"] = "stop"
    usage: ReplyUsage = ReplyUsage()


class ReplyFailed(Struct, frozen=True):
    """A stage of the reply failed. `stage` is "llm" or "tts"; `code` and `message` are fit for clients."""

    response_id: ResponseId
    stage: str
    code: str
    message: str


class StageReached(Struct, frozen=True):
    """A mark for the time line that no other event tells, such as the first phrase or the first audio of the voice."""

    response_id: ResponseId
    name: str


EngineEvent: TypeAlias = (
    Opened
    | Refused
    | ShuttingDown
    | TimerFired
    | SpeechStarted
    | SpeechStopped
    | SpeechPaused
    | SpeechResumed
    | SpeechLasted
    | Heard
    | WordsHeard
    | Transcribed
    | TranscriptGuessed
    | NotGuessed
    | TranscriptionFailed
    | ReplyText
    | PhraseStarted
    | ReplyAudio
    | ReplyCall
    | ReplyFinished
    | ReplyFailed
    | StageReached
)
