"""When each word of a text is spoken, from the few and sometimes wrong marks that a synthesiser gives."""

from __future__ import annotations

import bisect
import re
from typing import TypeAlias

_TOKEN = re.compile(r"\S*\w\S*(?:\s+[^\w\s]+(?=\s|$))*")

TimedWord: TypeAlias = tuple[str, int, int]
"""A word as written, its first sample and the sample after its last."""


class WordClock:
    """Feed it the marks in order of time.

    Words are what white space separates; punctuation that stands alone belongs to the word before it. No word is lost:
    words that got no mark of their own share the time of the word before them in equal parts.
    """

    def __init__(self, text: str) -> None:
        self._words = [match.group() for match in _TOKEN.finditer(text)]
        self._starts = [match.start() for match in _TOKEN.finditer(text)]
        self._next = 0  # the first word that is not closed
        self._since = 0  # where it began

    @property
    def since(self) -> int:
        """The first sample of the word that is being spoken."""
        return self._since

    def mark(self, position: int, sample: int) -> list[TimedWord]:
        """The word at character `position` (from 0) begins at `sample`. Returns the words that this ended."""
        number = max(0, bisect.bisect_right(self._starts, position) - 1)
        return self._close(number, sample) if number > self._next else []

    def finish(self, sample: int) -> list[TimedWord]:
        """The speech ends. Returns the words that are left."""
        return self._close(len(self._words), sample)

    def _close(self, number: int, sample: int) -> list[TimedWord]:
        count = number - self._next
        length = max(0, sample - self._since)
        edges = [self._since + length * part // max(1, count) for part in range(count + 1)]
        words = self._words[self._next : number]
        self._next, self._since = number, max(sample, self._since)
        return list(zip(words, edges, edges[1:], strict=False))
