"""A recogniser for benchmarks: it knows the clips, and says each word of one when it has heard its end.

Rules:

- The session's transcription prompt names the clip. Where in it the utterance begins, the recogniser finds by its
  loudness: three eighths of a second are enough to know it to 12 ms, in noise as well.
- A word is told `lag_ms` after its end, as a good streaming recogniser does; the final transcript takes `final_ms`, and
  has a last word that was heard by half: where words end, aligners say later than ears. Without `partials` there is
  no more than that.
- It only pretends: nothing is recognised. `write_clip` makes what it reads.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.engines.interface import (
    ENGINE_RATE_HZ,
    EngineInfo,
    FloatSamples,
    Partial,
    SttOptions,
    Transcript,
    Word,
)
from ovos_voice_agent.engines.options import OptionReader

HOP_SAMPLES = ENGINE_RATE_HZ // 200
"""Loudness is compared every 5 ms."""
LOCATED_SAMPLES = ENGINE_RATE_HZ * 3 // 8
LONGEST_PATTERN_SAMPLES = ENGINE_RATE_HZ
LAG_MS = 100

_INFO = EngineInfo(
    kind="stt", name="clip-words", quality="tells the words of known clips; it only pretends", prompts=True
)


@dataclass(frozen=True, slots=True)
class Clip:
    """`levels` every 5 ms; `words` with their times in seconds of the clip."""

    levels: FloatSamples
    words: tuple[Word, ...]

    @classmethod
    def read(cls, folder: Path, name: str) -> Clip | None:
        """None for a name that stands for no clip."""
        path = folder / f"{name}.npz"
        if not name.isalnum() or not path.is_file():
            return None
        with np.load(path) as stored:
            words = tuple(Word(*word) for word in json.loads(str(stored["words"])))
            return cls(stored["levels"], words)

    def start_s(self, heard: FloatSamples) -> float:
        """Where in the clip a sound with these levels begins."""
        if len(heard) >= len(self.levels):
            return 0.0
        places = np.lib.stride_tricks.sliding_window_view(self.levels, len(heard))
        return float(np.argmin(np.abs(places - heard).sum(axis=1))) * HOP_SAMPLES / ENGINE_RATE_HZ


def write_clip(folder: Path, name: str, pcm: bytes, rate_hz: int, words: Sequence[Word]) -> None:
    """`pcm` is mono int16; `name` is letters and digits."""
    resampler = Resampler(rate_hz, ENGINE_RATE_HZ)
    samples = np.concatenate((resampler.push(float_of_bytes(pcm)), resampler.flush()))
    told = json.dumps([(word.text, word.start_s, word.end_s) for word in words])
    np.savez(folder / f"{name}.npz", levels=levels(samples), words=np.array(told))


def levels(samples: FloatSamples) -> FloatSamples:
    """The loudness of each whole hop."""
    whole = samples[: len(samples) // HOP_SAMPLES * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
    found: FloatSamples = np.sqrt(np.mean(whole**2, axis=1)).astype(np.float32)
    return found


def create(options: Mapping[str, Any]) -> ClipWords:
    """The engine's factory. Raises ConfigError."""
    reader = OptionReader(options)
    folder = reader.text("folder")
    lag_ms, final_ms = reader.number("lag_ms", LAG_MS, 0, 2000), reader.number("final_ms", 30, 0, 5000)
    partials = reader.maybe_flag("partials") is not False
    reader.finish()
    return ClipWords(Path(folder), lag_ms / 1000, final_ms / 1000, partials=partials)


class ClipWords:
    """Implements `Stt`."""

    def __init__(self, folder: Path, lag_s: float, final_s: float, *, partials: bool) -> None:
        self.info = replace(_INFO, streaming=partials)
        self.folder = folder
        self.lag_s = lag_s
        self.final_s = final_s

    async def start(self) -> None:
        """Clips are read when they are asked for."""

    async def close(self) -> None:
        """Nothing to stop."""

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> ClipStream:
        return ClipStream(self, Clip.read(self.folder, options.prompt or ""), on_partial)


class ClipStream:
    """Implements `SttStream`."""

    memory: Any = None

    def __init__(self, engine: ClipWords, clip: Clip | None, on_partial: Callable[[Partial], None]) -> None:
        self._engine = engine
        self._clip = clip
        self._on_partial = on_partial
        self._heard = bytearray()
        self._start_s: float | None = None
        self._said = ""
        self._cancelled = False

    def feed(self, pcm: bytes) -> None:
        self._heard += pcm
        if not self._engine.info.streaming:
            return
        said = self._words(self._engine.lag_s, heard=1.0)
        if said != self._said and not self._cancelled:
            self._said = said
            self._on_partial(Partial(said))

    async def finish(self) -> Transcript:
        await asyncio.sleep(self._engine.final_s)
        return Transcript(self._words(0.0, heard=0.5))

    def cancel(self) -> None:
        self._cancelled = True

    def _words(self, lag_s: float, *, heard: float) -> str:
        """All of which this share had been heard so long before the end of what was heard."""
        if self._clip is None or len(self._heard) < 2 * HOP_SAMPLES:
            return ""
        if self._start_s is None and (lag_s == 0 or len(self._heard) >= 2 * LOCATED_SAMPLES):
            beginning = float_of_bytes(bytes(self._heard[: 2 * LONGEST_PATTERN_SAMPLES]))
            self._start_s = self._clip.start_s(levels(beginning))
        if self._start_s is None:
            return ""
        until_s = self._start_s + len(self._heard) / 2 / ENGINE_RATE_HZ - lag_s
        told = (word for word in self._clip.words if _place_s(word, heard) <= until_s and word.end_s > self._start_s)
        return " ".join(word.text for word in told)


def _place_s(word: Word, share: float) -> float:
    """Where this share of the word is over."""
    return word.start_s + share * (word.end_s - word.start_s)
