"""Deterministic engines for tests and benchmarks: energy for a detector, a script for the mind, a tone for a voice.

They only pretend, and are never a default. Each records what it was asked, and how much of it is still open.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from ovos_voice_agent.engines.interface import (
    ENGINE_RATE_HZ,
    EngineInfo,
    FloatSamples,
    Kind,
    LlmDone,
    LlmEvent,
    Partial,
    Prompt,
    Silence,
    Speech,
    SttOptions,
    TextDelta,
    Transcript,
    TtsOptions,
    Voice,
    Word,
)

FOREVER = math.inf
"""A delay that never ends."""


async def _delay(seconds: float) -> None:
    """Even without a delay, others get their turn."""
    if seconds == FOREVER:
        await asyncio.Event().wait()
    await asyncio.sleep(seconds)


class _Fake:
    """The life of every fake."""

    kind: Kind

    def __init__(self) -> None:
        self.started = False
        self.open_streams = 0
        """Streams begun and not ended: 0 when nothing leaks."""

    @property
    def info(self) -> EngineInfo:
        name = type(self).__name__
        quality = "A deterministic stand-in for tests; it only pretends."
        return EngineInfo(self.kind, name, quality=quality, prompts=True, key_terms=True)

    async def start(self) -> None:
        self.started = True

    async def close(self) -> None:
        self.started = False


# ---------------------------------------------------------------------------------------------------- voice detection


class EnergyVad(_Fake):
    """Speech is what is loud. `latency_s` delays deliveries; FOREVER is a detector that hangs. `gated`: what is softer
    need not be submitted."""

    kind: Kind = "vad"

    def __init__(
        self, *, level: float = 0.02, window_samples: int = 512, latency_s: float = 0.0, gated: bool = False
    ) -> None:
        super().__init__()
        self.level = level
        self.gated = gated
        self.window_samples = window_samples
        self.latency_s = latency_s
        self.windows = 0
        """How many were judged by all streams."""
        self.streams: list[EnergyVadStream] = []

    def open(self) -> EnergyVadStream:
        self.open_streams += 1
        self.streams.append(EnergyVadStream(self))
        return self.streams[-1]


class EnergyVadStream:
    def __init__(self, engine: EnergyVad) -> None:
        self._engine = engine
        self._closed = False
        self.resets = 0
        self.passed_over: list[tuple[int, float]] = []
        """How many windows, and their level."""

    @property
    def silence(self) -> Silence | None:
        return Silence(-math.inf, 20 * math.log10(self._engine.level)) if self._engine.gated else None

    def pass_over(self, count: int, level_dbfs: float) -> None:
        self.passed_over.append((count, level_dbfs))

    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        levels = np.sqrt(np.mean(np.square(windows), axis=1))
        probabilities = [1.0 if level > self._engine.level else 0.0 for level in levels]
        loop = asyncio.get_running_loop()
        if self._engine.latency_s == 0:
            loop.call_soon(self._deliver, probabilities, deliver)
        elif self._engine.latency_s < FOREVER:
            loop.call_later(self._engine.latency_s, self._deliver, probabilities, deliver)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self._engine.open_streams -= not self._closed
        self._closed = True

    def _deliver(self, probabilities: Sequence[float], deliver: Callable[[Sequence[float]], None]) -> None:
        if not self._closed:
            self._engine.windows += len(probabilities)
            deliver(probabilities)


# -------------------------------------------------------------------------------------------------------- recognition


Said: TypeAlias = str | Transcript | Exception
"""What a scripted recogniser hears next."""


class ScriptedStt(_Fake):
    """Says the next text of its script (in English, unless it is a whole `Transcript`), or how long the utterance was
    ("1280 ms"); exceptions there are raised.

    While it is fed, a word of the text becomes stable for each `word_ms` of audio. `latency_s` is that of `finish`.
    An utterance that was dropped and is heard again, from its start on and further, has the text that it had.
    """

    kind: Kind = "stt"

    def __init__(self, script: Iterable[Said] = (), *, latency_s: float = 0.0, word_ms: int = 300) -> None:
        super().__init__()
        self.script = deque(script)
        self.latency_s = latency_s
        self.word_ms = word_ms
        self.utterances: list[ScriptedSttStream] = []

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> ScriptedSttStream:
        said = self.script.popleft() if self.script else None
        self.open_streams += 1
        stream = ScriptedSttStream(self, said, options, on_partial)
        self.utterances.append(stream)
        return stream


class ScriptedSttStream:
    """`pcm` is all that was fed; `report` tells a hypothesis out of turn."""

    def __init__(
        self,
        engine: ScriptedStt,
        said: Said | None,
        options: SttOptions,
        on_partial: Callable[[Partial], None],
    ) -> None:
        self._engine = engine
        self._said = said
        self._before = engine.utterances[-1] if engine.utterances else None
        self.report = on_partial
        self._words_told = 0
        self.options = options
        self.pcm = bytearray()
        self.ended = False
        self.cancelled = False
        self.dropped = False

    @property
    def memory(self) -> Any:
        """How many utterances there were before, and this one."""
        return (self.options.memory or 0) + 1

    @property
    def heard_ms(self) -> int:
        return len(self.pcm) // 2 * 1000 // ENGINE_RATE_HZ

    def feed(self, pcm: bytes) -> None:
        if not self.pcm:
            self._hear_again(pcm)
        self.pcm += pcm
        if not isinstance(self._said, str) or not self.options.partials:
            return
        words = self._said.split()
        count = min(len(words), self.heard_ms // self._engine.word_ms)
        if count > self._words_told:
            self._words_told = count
            self.report(Partial(" ".join(words[:count])))

    def _hear_again(self, pcm: bytes) -> None:
        before, self._before = self._before, None
        again = before is not None and before.dropped and bool(before.pcm) and pcm.startswith(before.pcm)
        if before is None or not again or isinstance(before._said, Exception):
            return
        if self._said is not None:
            self._engine.script.appendleft(self._said)
        self._said = before._said

    async def finish(self) -> Transcript:
        await _delay(self._engine.latency_s)
        self._end()
        if isinstance(self._said, Exception):
            raise self._said
        if isinstance(self._said, Transcript):
            return self._said
        text = f"{self.heard_ms} ms" if self._said is None else self._said
        return Transcript(text, language="en")

    def cancel(self) -> None:
        self.dropped = True
        self.cancelled = self.cancelled or not self.ended
        self._end()

    def _end(self) -> None:
        self._engine.open_streams -= not self.ended
        self.ended = True


# ----------------------------------------------------------------------------------------------------------- the mind

Step: TypeAlias = LlmEvent | Exception | float
"""What a scripted model does next: say something, fail, or wait so many seconds."""


class ScriptedLlm(_Fake):
    """Plays the next reply of its script; without one it echoes the last words of the user. An LlmDone is added."""

    kind: Kind = "llm"

    def __init__(self, script: Iterable[Sequence[Step]] = ()) -> None:
        super().__init__()
        self.script = deque(script)
        self.prompts: list[Prompt] = []

    async def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        self.prompts.append(prompt)
        steps = self.script.popleft() if self.script else echo(prompt)
        self.open_streams += 1
        try:
            for step in steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await _delay(step)
                else:
                    yield step
            if not any(isinstance(step, LlmDone) for step in steps):
                yield LlmDone()
        finally:
            self.open_streams -= 1


def echo(prompt: Prompt) -> Sequence[Step]:
    """You said ..., word by word."""
    said = next((message.text for message in reversed(prompt.messages) if message.role == "user"), "nothing")
    return said_slowly(f"You said: {said}.")


def said_slowly(text: str, *, first_s: float = 0.0, word_s: float = 0.0) -> Sequence[Step]:
    """A text, word by word, with a delay before the first and between the others."""
    steps: list[Step] = [first_s]
    for number, word in enumerate(text.split(" ")):
        steps += [word_s, TextDelta(f" {word}")] if number else [TextDelta(word)]
    return steps


# ---------------------------------------------------------------------------------------------------------- synthesis


@dataclass(frozen=True, slots=True)
class Tone:
    """How the tone speaks: pieces of `piece_ms`; `error` is raised after `pieces_before_error` of them."""

    rate_hz: int = 24_000
    ms_per_character: int = 60
    piece_ms: int = 60
    latency_s: float = 0.0
    piece_s: float = 0.0
    word_times: bool = False
    error: Exception | None = None
    pieces_before_error: int = 0


@dataclass(slots=True)
class Spoken:
    text: str
    options: TtsOptions
    ended: bool = field(default=False)


class ToneTts(_Fake):
    """Hums: 220 Hz for as long as the text would take."""

    kind: Kind = "tts"
    voices: Sequence[Voice] = (Voice("tone", "en"), Voice("other", "en"))

    def __init__(self, tone: Tone | None = None) -> None:
        super().__init__()
        self.tone = tone or Tone()
        self.spoken: list[Spoken] = []

    @property
    def rate_hz(self) -> int:
        return self.tone.rate_hz

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, word_times=self.tone.word_times)

    async def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        if not text.strip():
            return
        spoken = Spoken(text, options)
        self.spoken.append(spoken)
        self.open_streams += 1
        try:
            await _delay(self.tone.latency_s)
            async for piece in self._pieces(text):
                yield piece
            spoken.ended = True
        finally:
            self.open_streams -= 1

    async def _pieces(self, text: str) -> AsyncIterator[Speech]:
        tone = self.tone
        samples = self.samples_of(text)
        step = tone.rate_hz * tone.piece_ms // 1000
        words = self._words(text) if tone.word_times else []
        for number, start in enumerate(range(0, samples, step)):
            if tone.error is not None and number >= tone.pieces_before_error:
                raise tone.error
            end = min(samples, start + step)
            begun = tuple(word for word in words if start <= word.start_s * tone.rate_hz < end)
            yield Speech(_hum(start, end, tone.rate_hz), begun)
            await _delay(tone.piece_s)

    def samples_of(self, text: str) -> int:
        """How long a text is, in samples at the tone's rate."""
        return len(text) * self.tone.ms_per_character * self.tone.rate_hz // 1000

    def _words(self, text: str) -> list[Word]:
        character_s = self.tone.ms_per_character / 1000
        words, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            words.append(Word(word, at * character_s, (at + len(word)) * character_s))
            at += len(word)
        return words


def _hum(start: int, end: int, rate_hz: int) -> bytes:
    samples: bytes = (8000 * np.sin(np.arange(start, end) * (2 * np.pi * 220 / rate_hz))).astype("<i2").tobytes()
    return samples
