"""When each word of a phrase is spoken, estimated from its text and the loudness of its audio (pure).

For voices that do not tell it. Rules:

- A word takes as long as it is long, in letters and syllables; where punctuation stands there may be a pause, and the
  pauses that are heard say where such a place is.
- While the audio still comes, the pace is that of the phrases before; at the end it is what fits the whole.
- An estimate is always of all words so far, and the next one replaces it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.engines.interface import Word

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

LETTER_S = 0.056
SYLLABLE_S = 0.021
"""Fitted to 600 words of espeak-ng in ten languages at its natural speed; only their ratio matters at the end."""
DIGIT_LETTERS = 4
WIDE_LETTERS = 3
"""A figure is read as a word, a Chinese character is about a syllable."""

FRAME_S = 0.01
PAUSE_FRAMES = 6
"""What is silent for less is the closure of a consonant."""
PAUSE_LEVEL = 0.02
"""Of the loudest frame (-34 dB): softer consonants are louder, the noise of a synthesiser between sentences is not."""
MOST_PAUSES = 12
"""Of one phrase, the longest; so many commas have few sentences."""
MISSED_PAUSE_COST = 0.6
MISSED_MARK_COST = 0.1
"""A voice often reads over a comma, and seldom pauses without a reason."""

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef\u0e00-\u0eff"
_TOKEN = re.compile(
    rf"[^\w{_WIDE}\s]*(?:[{_WIDE}]|(?:(?![{_WIDE}])\S)*(?:(?![{_WIDE}])\w)(?:(?![{_WIDE}])\S)*)[^\w\s]*(?:\s+[^\w\s]+(?=\s|$))*"
)
_VOWELS = re.compile("[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýąęıœаеёиоуыэюяєіїαεηιουωάέήίόύώ]+")
_STOPS = frozenset(".!?…,;:—–。！？，、；：")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as written, how long it takes at natural speed, and whether a pause may follow."""

    text: str
    length_s: float
    marked: bool


@dataclass(frozen=True, slots=True)
class _Pause:
    """In frames from the start of the phrase."""

    start: int
    end: int


class WordTimes:
    """The words of one phrase; feed it the audio, ask at any time."""

    def __init__(self, text: str, rate_hz: int, pace: float = 1.0) -> None:
        """`pace` multiplies natural lengths until the whole phrase is known: that of the phrases before."""
        self._tokens = tuple(_tokens(text))
        self._frame_samples = max(1, round(FRAME_S * rate_hz))
        self._left = np.zeros(0, np.float32)
        self._levels: list[float] = []
        self.pace = pace
        """After `finish` that of this phrase."""

    def push(self, samples: FloatSamples) -> None:
        """More of the phrase's audio."""
        samples = np.concatenate((self._left, samples))
        whole = len(samples) // self._frame_samples * self._frame_samples
        frames = samples[:whole].reshape(-1, self._frame_samples)
        self._levels.extend(np.sqrt(np.square(frames).mean(axis=1)).tolist())
        self._left = samples[whole:]

    def so_far(self) -> tuple[Word, ...]:
        """The words that have begun, by the audio that came so far."""
        if not self._tokens or not self._levels:
            return ()
        first, _, pauses = _speech(self._levels)
        places = _match(self._tokens, pauses, self.pace, first, None)
        return tuple(word for word in self._words(places, first, None) if word.start_s < len(self._levels) * FRAME_S)

    def finish(self) -> tuple[Word, ...]:
        """All words, now that all audio is there."""
        if not self._tokens or not self._levels:
            return ()
        first, last, pauses = _speech(self._levels)
        natural_s = sum(token.length_s for token in self._tokens)
        places: dict[int, _Pause] = {}
        for _ in range(2):  # the pace depends on which pauses are pauses, and that on the pace
            silent = sum(pause.end - pause.start for pause in places.values())
            self.pace = max(0.05, (last - first - silent) * FRAME_S / natural_s)
            places = _match(self._tokens, pauses, self.pace, first, last)
        return tuple(self._words(places, first, last))

    def _words(self, places: dict[int, _Pause], first: int, last: int | None) -> Iterator[Word]:
        """Words with times, stretched between pauses. `places`: the pause behind a word, by the word's number."""
        ends = [number + 1 for number in sorted(places)]
        edges = [0, *ends, len(self._tokens)]
        for begin, end in pairwise(edges):
            tokens = self._tokens[begin:end]
            natural_s = sum(token.length_s for token in tokens)
            start_s = (places[begin - 1].end if begin else first) * FRAME_S
            stop = places[end - 1].start if end - 1 in places else last
            pace = self.pace if stop is None else (stop * FRAME_S - start_s) / natural_s if natural_s else 0.0
            for token in tokens:
                end_s = start_s + token.length_s * max(0.0, pace)
                yield Word(token.text, start_s, end_s)
                start_s = end_s


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        word = found[0].lower()
        letters = sum(_letters(char) for char in word if char.isalnum())
        length_s = LETTER_S * letters + SYLLABLE_S * max(1, len(_VOWELS.findall(word)))
        yield _Token(found[0], length_s, any(char in _STOPS for char in word[-3:]))


def _letters(char: str) -> int:
    if char.isdigit():
        return DIGIT_LETTERS
    return WIDE_LETTERS if "\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" else 1


def _speech(levels: Sequence[float]) -> tuple[int, int, list[_Pause]]:
    """The first frame of speech, the one behind the last, and the longest pauses between."""
    loud = np.flatnonzero(np.asarray(levels) > PAUSE_LEVEL * max(levels))
    if not len(loud):
        return 0, len(levels), []
    gaps = np.flatnonzero(np.diff(loud) > PAUSE_FRAMES)
    pauses = [_Pause(int(loud[gap]) + 1, int(loud[gap + 1])) for gap in gaps]
    longest = sorted(pauses, key=lambda pause: pause.start - pause.end)[:MOST_PAUSES]
    return int(loud[0]), int(loud[-1]) + 1, sorted(longest, key=lambda pause: pause.start)


def _match(
    tokens: Sequence[_Token], pauses: Sequence[_Pause], pace: float, first: int, last: int | None
) -> dict[int, _Pause]:
    """Which pause stands behind which word: the likeliest, in order. `last` is None while more is to come."""
    marks = [number for number, token in enumerate(tokens[:-1]) if token.marked]
    until = [0.0, *accumulate(token.length_s * pace for token in tokens)]
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {(-1, -1): (0.0, None)}
    for mark in range(len(marks)):
        for pause in range(len(pauses)):
            reached = (
                (cost + _cost(before, (mark, pause), marks, pauses, until, first), before)
                for before, (cost, _) in best.items()
                if before[0] < mark and before[1] < pause
            )
            best[(mark, pause)] = min(reached, key=lambda entry: entry[0])
    ended = {node: cost + _rest(node, marks, pauses, until, first, last) for node, (cost, _) in best.items()}
    node: tuple[int, int] | None = min(ended, key=lambda node: ended[node])
    found = {}
    while node is not None and node != (-1, -1):
        found[marks[node[0]]] = pauses[node[1]]
        node = best[node][1]
    return found


def _cost(
    before: tuple[int, int],
    here: tuple[int, int],
    marks: Sequence[int],
    pauses: Sequence[_Pause],
    until: Sequence[float],
    first: int,
) -> float:
    """Of the speech between two pauses, given the words between two marks."""
    skipped = pauses[before[1] + 1 : here[1]]
    start_s = (pauses[before[1]].end if before[1] >= 0 else first) * FRAME_S
    begin = marks[before[0]] + 1 if before[0] >= 0 else 0
    expected_s = until[marks[here[0]] + 1] - until[begin]
    spoken_s = pauses[here[1]].start * FRAME_S - start_s
    return _misfit(spoken_s, expected_s) + _missed(skipped, here[0] - before[0] - 1)


def _rest(
    node: tuple[int, int],
    marks: Sequence[int],
    pauses: Sequence[_Pause],
    until: Sequence[float],
    first: int,
    last: int | None,
) -> float:
    """Of what follows the last pause. While more is to come nothing is known of it but the pauses in it."""
    skipped = pauses[node[1] + 1 :]
    if last is None:
        return _missed(skipped, 0)
    start_s = (pauses[node[1]].end if node[1] >= 0 else first) * FRAME_S
    begin = marks[node[0]] + 1 if node[0] >= 0 else 0
    expected_s = until[-1] - until[begin]
    return _misfit(last * FRAME_S - start_s, expected_s) + _missed(skipped, len(marks) - node[0] - 1)


def _misfit(spoken_s: float, expected_s: float) -> float:
    return abs(spoken_s - expected_s) / math.sqrt(0.05 + expected_s)


def _missed(pauses: Sequence[_Pause], marks: int) -> float:
    silent_s = sum(pause.end - pause.start for pause in pauses) * FRAME_S
    return MISSED_PAUSE_COST * silent_s / 0.15 + MISSED_MARK_COST * marks
