"""The voice process: the only one that loads espeak-ng (GPL), and it holds nothing else.

Rules:

- One text after the other, each in one go: speech is made about 1 000 times faster than it is heard, so a text of 300
  characters holds the others up for 15 ms. The engine cuts longer ones.
- Items are pairs of pcm and the words that begin in it. Pieces are cut where words begin, so each word comes with its
  end.
- Speech starts within `LEAD_S` of the first item; what the synthesiser puts in front of it is cut off. The pauses
  inside and at the end stay.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.engines.tts.espeak_library import Espeak
from ovos_voice_agent.engines.tts.word_clock import TimedWord, WordClock
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

SILENT = 104
"""-50 dBFS: nothing that espeak says is quieter."""
LEAD_S = 0.003
"""Kept before the first sound, so that it does not start with a click."""
_BLOCK = 64
MUTE = frozenset({"fo", "kaa", "xex"})
"""Languages that espeak-ng 1.52 lists but has no dictionary for."""


class Cutter:
    """Turns what the synthesiser delivers into pieces with whole words."""

    def __init__(self, text: str, rate_hz: int) -> None:
        self._clock = WordClock(text)
        self._lead_samples = round(LEAD_S * rate_hz)
        self._rate_hz = rate_hz
        self._samples = array("h")  # not yet emitted
        self._from = 0  # position of its first sample
        self._skipped: int | None = None  # samples cut off in front, once known
        self._words: list[TimedWord] = []  # ended, and not yet emitted

    def push(self, pcm: bytes, marks: list[tuple[int, int]]) -> tuple[bytes, list[list[Any]]] | None:
        """A piece, if a word was completed."""
        self._samples.frombytes(pcm)
        words = [word for position, sample in marks for word in self._clock.mark(position, sample)]
        return self._emit(words, self._clock.since) if words else None

    def finish(self) -> tuple[bytes, list[list[Any]]] | None:
        """The rest, unless there was no sound at all."""
        end = self._from + len(self._samples)
        return self._emit(self._clock.finish(end), end)

    def _emit(self, words: list[TimedWord], until: int) -> tuple[bytes, list[list[Any]]] | None:
        self._words += words
        if self._skipped is None and not self._skip_silence(until):
            return None
        times = [self._time(word) for word in self._words]
        self._words = []
        piece = self._samples[: until - self._from]
        del self._samples[: len(piece)]
        self._from += len(piece)
        return (piece.tobytes(), times) if piece or times else None

    def _skip_silence(self, until: int) -> bool:
        """Cut off the silence in front. Returns False when there is nothing else up to `until`."""
        sounds = (index for index, sample in enumerate(self._samples[:until]) if abs(sample) > SILENT)
        first = next(sounds, None)
        if first is None:
            return False
        self._skipped = max(0, first - self._lead_samples)
        del self._samples[: self._skipped]
        self._from = self._skipped
        return True

    def _time(self, word: TimedWord) -> list[Any]:
        """Text, start and end in seconds of what is emitted, without the pause that follows the word."""
        text, start, end = word
        while end - start > _BLOCK and self._is_silent(end - _BLOCK, end):
            end -= _BLOCK
        skipped = self._skipped or 0
        return [text, max(0, start - skipped) / self._rate_hz, max(0, end - skipped) / self._rate_hz]

    def _is_silent(self, start: int, end: int) -> bool:
        block = self._samples[max(0, start - self._from) : max(0, end - self._from)]
        return bool(block) and max(block) <= SILENT and min(block) >= -SILENT


class Voice:
    """Implements `Service`: a task is one short text; its result is the number of samples."""

    def __init__(self, _options: Mapping[str, Any]) -> None:
        self._espeak = Espeak()
        self._espeak.configure("en-us", 175, 50, 50)
        self._espeak.speak("ready", lambda _pcm, _marks: True)

    def describe(self) -> dict[str, Any]:
        voices = [
            {"name": voice.name, "identifier": voice.identifier, "gender": voice.gender, "languages": voice.languages}
            for voice in self._espeak.voices()
            if voice.languages[0][1] not in MUTE
        ]
        variants = {voice.identifier.removeprefix("!v/"): voice.gender for voice in self._espeak.variants()}
        return {"rate_hz": self._espeak.rate_hz, "voices": voices, "variants": variants}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._speak(body, desk)

    def _speak(self, body: Any, desk: Desk) -> Task:
        yield Wait.TURN
        text = body["text"]
        samples = 0
        cutter = Cutter(text, self._espeak.rate_hz)

        def hear(pcm: bytes, marks: list[tuple[int, int]]) -> bool:
            nonlocal samples
            if piece := cutter.push(pcm, marks):
                samples += len(piece[0]) // 2
                desk.emit(piece)
            return True

        self._espeak.configure(body["voice"], body["words_per_min"], body["pitch"], body["range"])
        self._espeak.speak(text, hear)
        if piece := cutter.finish():
            samples += len(piece[0]) // 2
            desk.emit(piece)
        return samples


if __name__ == "__main__":
    serve(Voice)
