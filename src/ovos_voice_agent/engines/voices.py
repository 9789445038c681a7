"""Voices whose models live in worker processes and make a sentence as a whole: the engine's side, the same for all.

Rules:

- A text goes to the worker sentence by sentence, and the next one only when the last was taken: what a slow listener
  leaves waiting is one sentence, and another session waits for one at most.
- A task is a table with `text`, `voice`, `speed` and `language`; its items are pcm at the engine's rate.
- A voice that does not speak the wanted language gives way to one that does, where there is one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from ovos_voice_agent.engines.interface import EngineInfo, Speech, TtsOptions, Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.parts import sentences
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import WorkerSpec, stream
from ovos_voice_agent.errors import ClientError

SENTENCE_CHARS = 250
"""Longer sentences are cut: about 15 s of speech."""


@dataclass(frozen=True, slots=True)
class Common:
    """Options that all of them have. `threads`: of the model; `workers`: processes, each with a model of its own;
    `timeout_s`: how long a sentence may take; `speed`: multiplies that of a session."""

    threads: int = 1
    workers: int = 1
    timeout_s: float = 30.0
    speed: float = 1.0

    @classmethod
    def read(cls, reader: OptionReader) -> Common:
        return cls(
            threads=reader.maybe_integer("threads", 1, 64) or 1,
            workers=reader.maybe_integer("workers", 1, 32) or 1,
            timeout_s=reader.number("timeout_s", 30.0, 0.1, 600.0),
            speed=reader.number("speed", 1.0, 0.25, 4.0),
        )


class WorkerTts(WorkerEngine):
    """Implements `Tts`."""

    def __init__(
        self, info: EngineInfo, spec: WorkerSpec, voices: Sequence[Voice], rate_hz: int, common: Common
    ) -> None:
        """`rate_hz` is what the worker is asked for, whatever its models make; it has the last word."""
        super().__init__(spec, common.workers)
        languages = dict.fromkeys(voice.language for voice in voices if voice.language)
        self._info = replace(info, languages=tuple(languages))
        self._voices = {voice.id: voice for voice in voices}
        self._rate_hz = rate_hz
        self._common = common

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    @property
    def voices(self) -> Sequence[Voice]:
        return list(self._voices.values())

    def _take_description(self, described: Any) -> None:
        self._rate_hz = described["rate_hz"]

    async def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        """Speak a text. Raises ClientError for an unknown voice, EngineError, EngineTimeout."""
        voice = self._voice(options)
        body: dict[str, Any] = {
            "voice": voice.id,
            "speed": options.speed * self._common.speed,
            "language": spoken_language(voice, options.language),
        }
        for sentence in sentences(text, SENTENCE_CHARS):
            async with aclosing(stream(self._freest(), {**body, "text": sentence}, self._common.timeout_s)) as pieces:
                async for pcm in pieces:
                    yield Speech(pcm)

    def _voice(self, options: TtsOptions) -> Voice:
        voice = self._voices.get(options.voice)
        if voice is None:
            raise ClientError(f"there is no voice '{options.voice[:40]}'", code="invalid_value", param="voice")
        if options.language is None or voice.language is None or same_family(voice.language, options.language):
            return voice
        wanted = options.language
        others = (one for one in self._voices.values() if one.language and same_family(one.language, wanted))
        return next(others, voice)


def spoken_language(voice: Voice, wanted: str | None) -> str | None:
    """How a voice speaks: a British one speaks British English when English is wanted, and American when that is."""
    if wanted is None:
        return voice.language
    regional = "-" in wanted or "_" in wanted
    return voice.language if voice.language and not regional and same_family(voice.language, wanted) else wanted


def same_family(one: str, two: str) -> bool:
    """Whether two codes name one language, whatever the country (`en_US` and `en`)."""
    first, second = (code.lower().replace("_", "-").partition("-")[0] for code in (one, two))
    return first == second
