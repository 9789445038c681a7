"""What an engine is: small Protocols for each stage of the cascade, and the few words they speak.

An engine is built by a factory `factory(options: Mapping[str, Any]) -> Engine` found by kind and name (see
`registry.py`), is started once per process with `await start()`, serves all sessions, and ends with `await close()`.

Rules for every engine:

- Nothing blocks the event loop: model work runs in a worker thread or process of the engine's own.
- Cancelling is immediate: closing the async iterator (`aclose`), or cancelling the task that awaits, stops the work.
- Failures are raised as `EngineError`; anything else counts as a bug but costs only that response.
- Two sessions may use an engine at once. State of a session lives in the stream object, never in the engine.
- Engines call nobody and know neither sessions nor the Realtime API.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

Kind: TypeAlias = Literal["vad", "stt", "llm", "tts", "frontend", "turn"]

FloatSamples: TypeAlias = npt.NDArray[np.float32]
"""Mono samples in -1..1."""

ENGINE_RATE_HZ = 16_000
"""The rate at which detectors and recognisers hear: 16 kHz mono, as their models were trained."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine says of itself; shown by `ovos-voice-agent engines`, at start-up and by the API: it must be true.

    `quality` is a plain sentence for a person ("one word in four wrong on read sentences; fine to try things out").
    `better` names what would be better and the setting that chooses it, or is empty.
    `local` is True when speech and text stay on this machine.
    `private` is True when they stay in this machine's private network.
    `effects` is True when it may do something in the world by itself: it is never asked for an answer on a guess.
    `languages` are BCP 47 codes; empty means 'not limited'. `reasoning`: it acts on `Prompt.reasoning_effort`;
    `prompts` and `key_terms`: on `SttOptions.prompt` and `.keywords`.
    """

    kind: Kind
    name: str
    quality: str
    better: str = ""
    local: bool = True
    private: bool = False
    effects: bool = False
    languages: tuple[str, ...] = ()
    streaming: bool = True
    word_times: bool = False
    confidence: bool = False
    vision: bool = False
    tools: bool = False
    reasoning: bool = False
    prompts: bool = False
    key_terms: bool = False
    models: tuple[str, ...] = ()

    @property
    def nearby(self) -> bool:
        """Whether work that is thrown away costs nobody else anything."""
        return self.local or self.private


@runtime_checkable
class Engine(Protocol):
    """The life of every engine."""

    @property
    def info(self) -> EngineInfo: ...

    async def start(self) -> None:
        """Load and warm up. Raises EngineError with a message that names what is missing and how to get it."""
        ...

    async def close(self) -> None:
        """Stop workers and release everything. Safe to call twice, and after a failed start."""
        ...


@runtime_checkable
class Recovering(Protocol):
    """What an engine may have besides, when it can lose what it works with: a process, a device."""

    @property
    def ready(self) -> bool:
        """False while something is away and comes back by itself; the server tells it at `/ready`."""
        ...


# ------------------------------------------------------------------------------------------------------ voice detection


class Silence(NamedTuple):
    """Levels from the lowest to the highest, in dBFS (RMS; 0 is a full-scale square wave)."""

    lowest_dbfs: float
    highest_dbfs: float


class VadStream(Protocol):
    """The detector's state for one session."""

    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        """Judge windows; returns at once.

        `windows` has shape (n, window_samples), consecutive and at ENGINE_RATE_HZ; the stream keeps no reference to it
        after delivery. `deliver` is called on the event loop, once for each submit and in the order of submission, with
        n probabilities of speech.
        """
        ...

    @property
    def silence(self) -> Silence | None:
        """Between which levels sound is surely silence just now; None while every window must be submitted."""
        ...

    def pass_over(self, count: int, level_dbfs: float) -> None:
        """So many windows are not submitted, for they were `silence` throughout; together they had this level."""
        ...

    def reset(self) -> None:
        """Forget what was heard (session start, buffer cleared). Windows in flight are still delivered."""
        ...

    def close(self) -> None:
        """No more deliveries after this."""
        ...


class Vad(Engine, Protocol):
    """Tells speech from everything else."""

    @property
    def window_samples(self) -> int:
        """Samples per window at ENGINE_RATE_HZ (Silero: 512, that is 32 ms)."""
        ...

    def open(self) -> VadStream: ...


# ---------------------------------------------------------------------------------------------------------- recognition


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised or spoken word with its time, in seconds from the start of the utterance or of the phrase."""

    text: str
    start_s: float
    end_s: float
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """A hypothesis while the person is still speaking. `stable` only ever grows; `unstable` may be rewritten."""

    stable: str
    unstable: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final text of an utterance; `text` is empty when no words were said. `logprobs` are per token where known."""

    text: str
    language: str | None = None
    words: tuple[Word, ...] = ()
    logprobs: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SttOptions:
    """What a session asks of the recogniser. `model` is the configured name or None for the engine's own choice;
    `languages` are those to choose from for each utterance where `language` is None, empty: any.

    `memory` is the recogniser's own per-session state from an earlier utterance (see `SttStream.memory`), or None.
    """

    model: str | None = None
    language: str | None = None
    languages: tuple[str, ...] = ()
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    temperature: float | None = None
    translate: bool = False
    word_times: bool = False
    logprobs: bool = False
    partials: bool = True
    memory: Any = None


class SttStream(Protocol):
    """One utterance. Fed as it is spoken, then either finished once or cancelled."""

    def feed(self, pcm: bytes) -> None:
        """More of the utterance: mono int16 little endian at ENGINE_RATE_HZ. Never blocks, has no limit of its own."""
        ...

    async def finish(self) -> Transcript:
        """The final transcript of all that was fed. Raises EngineError. Cancelling it cancels the stream."""
        ...

    def cancel(self) -> None:
        """Drop the utterance at once; nothing is reported afterwards. Safe to call at any time, also after finish."""
        ...

    @property
    def memory(self) -> Any:
        """What the next utterance of this session may start from (a cepstral mean, a language), or None."""
        ...


class Stt(Engine, Protocol):
    """Speech to text."""

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> SttStream:
        """Begin an utterance. `on_partial` is called on the event loop. ClientError: for options it cannot meet."""
        ...


# ------------------------------------------------------------------------------------------------------------- the mind


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A `data:` URI of a PNG or JPEG."""

    url: str
    detail: str = "auto"


PromptPart: TypeAlias = TextPart | ImagePart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the assistant made earlier. `arguments` is JSON text as the model wrote it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the prompt. Role `tool` carries the output of `call_id`; role `assistant` may carry calls."""

    role: Literal["system", "user", "assistant", "tool"]
    content: tuple[PromptPart, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None

    @property
    def text(self) -> str:
        """All text parts, joined by newlines."""
        return "\n".join(part.text for part in self.content if isinstance(part, TextPart))


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call. `parameters` is a JSON Schema of an object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything an LLM gets for one reply.

    `messages` starts with the system text, which changes least, so that prefix caches work. `tool_choice` is `auto`,
    `none`, `required`, or `Named(name)` as `{"name": ...}`: here the plain name of the function is kept in `tool_name`.
    `spoken` is True when the reply will be heard, not read.
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: Literal["auto", "none", "required", "function"] = "auto"
    tool_name: str | None = None
    parallel_tool_calls: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    reasoning_effort: str | None = None
    model: str | None = None
    language: str | None = None
    spoken: bool = True
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer, never reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of a tool call. Calls are numbered from 0 by `index`; the first piece of each carries `call_id` and `name`
    (never empty there), later pieces leave them empty. Pieces of one call come together, calls in order."""

    index: int
    arguments: str = ""
    call_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class LlmUsage:
    """The model's own numbers."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class LlmDone:
    """The end of a reply, exactly once and last. `usage` is None when the engine does not know."""

    reason: Literal["stop", "length", "content_filter"] = "stop"
    usage: LlmUsage | None = None


LlmEvent: TypeAlias = TextDelta | ToolCallDelta | LlmDone


class Llm(Engine, Protocol):
    """Answers a prompt: a language model or an OVOS persona."""

    def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        """Stream the answer. Closing the iterator stops the model at once. Raises EngineError."""
        ...


# ------------------------------------------------------------------------------------------------------------ synthesis


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice by the name that sessions ask for it."""

    id: str
    language: str | None = None
    gender: Literal["female", "male"] | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class TtsOptions:
    """`voice` is one of the engine's ids; `speed` 1.0 is natural; `language` overrides the voice's where possible."""

    voice: str
    speed: float = 1.0
    language: str | None = None
    instructions: str | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """A piece of speech: mono int16 little endian at the engine's `rate_hz`, whole samples.

    `words` are the words that *begin* in this piece, timed from the start of the phrase; empty when the engine does not
    know.
    """

    pcm: bytes
    words: tuple[Word, ...] = ()


class Tts(Engine, Protocol):
    """Text to speech, phrase by phrase."""

    @property
    def rate_hz(self) -> int: ...

    @property
    def voices(self) -> Sequence[Voice]:
        """All voices; the first is the default."""
        ...

    def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        """Speak one phrase or sentence. Empty text, or nothing to say in it, yields nothing. Raises EngineError."""
        ...
