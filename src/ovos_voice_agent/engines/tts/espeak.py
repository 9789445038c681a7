"""espeak-ng: the voice in the box, a hundred languages, offline, in a process of its own.

Rules:

- This process never loads the library, which is under GPL-3.0-or-later; it talks to `espeak_worker.py` over a socket.
- Long texts are cut into parts of at most `PART_CHARS`, and a part is asked for only when the one before was taken:
  what a slow listener leaves waiting is bounded (about 1 MB), and no text holds up another session for over 15 ms.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from ovos_voice_agent.engines.interface import EngineInfo, Speech, TtsOptions, Voice, Word
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.parts import parts
from ovos_voice_agent.engines.tts.espeak_voices import VoiceBook
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import WorkerSpec, stream

RATE_HZ = 22_050
PART_CHARS = 300
"""About 20 s of speech."""

_INFO = EngineInfo(
    kind="tts",
    name="espeak-ng",
    quality="espeak-ng: every word is understood and it sounds like a machine; answers within a few milliseconds",
    better='a neural voice: [engines.tts] name = "piper" or "kokoro", or "openai" with the address of a server',
    word_times=True,
)

_MODULE = "ovos_voice_agent.engines.tts.espeak_worker"


@dataclass(frozen=True, slots=True)
class Options:
    """`timeout_s`: how long a piece of speech may take."""

    timeout_s: float = 10.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key."""
        reader = OptionReader(options)
        read = cls(timeout_s=reader.number("timeout_s", 10.0, 0.1, 600.0))
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> Espeak:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    return Espeak(Options.read(options))


class Espeak(WorkerEngine):
    """Implements `Tts`."""

    def __init__(self, options: Options) -> None:
        super().__init__(WorkerSpec("the voice", _MODULE, brief=True))
        self._options = options
        self._book = VoiceBook()

    @property
    def info(self) -> EngineInfo:
        return replace(_INFO, languages=self._book.languages)

    @property
    def rate_hz(self) -> int:
        return RATE_HZ

    @property
    def voices(self) -> Sequence[Voice]:
        """Before `start` only OpenAI's names."""
        return self._book.voices

    def _take_description(self, described: Any) -> None:
        self._book = VoiceBook(described["voices"], described["variants"])

    async def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        """Speak a text. Raises ClientError for an unknown voice, EngineError, EngineTimeout."""
        setting = self._book.setting(options.voice, options.language)
        body = {
            "voice": self._book.library_name(setting),
            "words_per_min": setting.words_per_min(options.speed),
            "pitch": setting.pitch,
            "range": setting.range,
        }
        samples = 0
        for part in parts(text, PART_CHARS):
            start_s = samples / RATE_HZ
            async with aclosing(stream(self._freest(), {**body, "text": part}, self._options.timeout_s)) as pieces:
                async for pcm, words in pieces:
                    samples += len(pcm) // 2
                    yield Speech(pcm, tuple(Word(word, start_s + start, start_s + end) for word, start, end in words))
