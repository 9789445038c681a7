"""What the session asks of the shell, in the imperative. A command is performed once, in order, and never refused."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.protocol.objects import Item, ItemId, ResponseId
from ovos_voice_agent.protocol.settings import FunctionTool, NoiseReduction, ToolChoice, Transcription, TurnDetection

# -------------------------------------------------------------------------------------------------------------- hearing


class Detect(Struct, frozen=True):
    """Listen for turns from `start` on with these settings, or (None) not at all.

    Reports carry the number `detection`; with a new number the detector's edges start afresh (silent), with the
    number in
    force only the settings change. `fresh` means that the audio before is not continued (session start, buffer
    cleared).
    """

    detection: int
    settings: TurnDetection | None
    start: Tick
    fresh: bool = False


class Hear(Struct, frozen=True):
    """Audio that follows without a gap on what was heard before. `start` is the position of its first sample."""

    audio: bytes
    format: AudioFormat
    start: Tick


class ReduceNoise(Struct, frozen=True):
    """Clean what is heard from now on, or (None) leave it as it is."""

    settings: NoiseReduction | None


class Forget(Struct, frozen=True):
    """Audio before `before` will not be asked for again."""

    before: Tick


class StartTranscript(Struct, frozen=True):
    """Recognise speech from `start` on, as it is spoken. At most one such transcript is open at a time.

    `tries` are positions, in order, at which the words so far are worked out as if it were over, and told by
    `WordsHeard`: for recognisers that tell none while people speak.
    """

    item_id: ItemId
    start: Tick
    settings: Transcription | None
    logprobs: bool = False
    tries: tuple[Tick, ...] = ()


class GuessTranscript(Struct, frozen=True):
    """The utterance may be over at `end`: work out its final transcript; report `TranscriptGuessed`, or `NotGuessed`.

    The guess stands until `ResumeTranscript`. What follows `end` is silence as long as it stands, and is not heard.
    """

    item_id: ItemId
    end: Tick


class ResumeTranscript(Struct, frozen=True):
    """The utterance goes on: the guess is nothing, and everything from its start on is recognised as if there had been
    none."""

    item_id: ItemId


class KeepTranscript(Struct, frozen=True):
    """The guess that was reported is the final transcript; nothing more is reported of this utterance."""

    item_id: ItemId


class FinishTranscript(Struct, frozen=True):
    """The utterance of `StartTranscript` ends at `end`: report its final transcript. Where a guess is being worked out,
    that is the guess."""

    item_id: ItemId
    end: Tick
    logprobs: bool = False


class DropTranscript(Struct, frozen=True):
    """Nothing more about this utterance."""

    item_id: ItemId


class TranscribeClip(Struct, frozen=True):
    """Recognise a whole recording that came with an item."""

    item_id: ItemId
    audio: bytes
    format: AudioFormat
    settings: Transcription | None
    logprobs: bool = False


# ------------------------------------------------------------------------------------------------------------- replying


class StartReply(Struct, frozen=True, omit_defaults=True):
    """Answer. `items` is the context in order, complete and with its transcripts; nothing in it changes later.

    `truncation` as in the session; `spoken` tells whether speech is wanted (else text). `speed` 1.0 is natural.
    `language` is that of the words to answer, where the recogniser told it; `wanted_language` what the client asks for:
    a language, "auto", or None. `say` is the answer, word for word, where no model is to be asked.
    """

    response_id: ResponseId
    items: tuple[Item, ...]
    instructions: str
    tools: tuple[FunctionTool, ...]
    tool_choice: ToolChoice
    parallel_tool_calls: bool | None
    max_output_tokens: int | Literal["inf"]
    truncation: str | dict[str, Any]
    reasoning_effort: str | None
    temperature: float | None
    model: str
    spoken: bool
    voice: str
    speed: float
    format: AudioFormat
    language: str | None
    metadata: dict[str, str] | None
    tracing: str | dict[str, Any] | None
    wanted_language: str | None = None
    say: str | None = None


class GuessReply(Struct, frozen=True):
    """Begin this reply, for it may soon be asked for: up to its first sounds and no further. It is reported of as any
    reply, until `KeepReply` or `DropReply` tells what becomes of it."""

    reply: StartReply


class KeepReply(Struct, frozen=True):
    """The reply of `GuessReply` is wanted: it goes on like any other."""

    response_id: ResponseId


class DropReply(Struct, frozen=True):
    """The reply of `GuessReply` is not wanted: stop it at once; nothing more is reported of it."""

    response_id: ResponseId


class StopReply(Struct, frozen=True):
    """Stop model and voice of this response at once; nothing more is reported of it."""

    response_id: ResponseId


# ---------------------------------------------------------------------------------------------------------------- other


class SetTimer(Struct, frozen=True):
    """Report `TimerFired(name)` at `at` (seconds of the monotonic clock). Replaces a timer of the same name."""

    name: str
    at: float


class ClearTimer(Struct, frozen=True):
    name: str


class Record(Struct, frozen=True):
    """Keep the time line of a finished response: one log line, and the metrics. Times are milliseconds of the audio
    clock.
    `failed_stage` is "stt", "llm", "tts" or "session" where the status is failed."""

    response_id: ResponseId
    item_id: ItemId | None
    origin: str
    status: str
    marks: dict[str, int]
    decision: dict[str, Any]
    failed_stage: str = ""


class Close(Struct, frozen=True):
    """Close the connection after everything before it has been sent."""

    code: int
    reason: str


Command: TypeAlias = (
    Detect
    | Hear
    | ReduceNoise
    | Forget
    | StartTranscript
    | GuessTranscript
    | ResumeTranscript
    | KeepTranscript
    | FinishTranscript
    | DropTranscript
    | TranscribeClip
    | StartReply
    | GuessReply
    | KeepReply
    | DropReply
    | StopReply
    | SetTimer
    | ClearTimer
    | Record
    | Close
)
