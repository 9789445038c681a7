"""LocalAgreement: which words of a recogniser that only knows whole recordings are certain while a person still speaks.

Two hypotheses in a row, of the same audio and some more, that begin with the same words: these are certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NOT_A_WORD = re.compile(r"[^\w']+")


class LocalAgreement:
    """Feed it every hypothesis. `stable` only ever grows; what comes later may not contradict it and is put behind."""

    def __init__(self) -> None:
        self.stable: list[str] = []
        self.unstable: list[str] = []
        self._last: list[str] = []

    def push(self, words: Sequence[str]) -> bool:
        """The hypothesis of now, with capitals and punctuation. Returns whether anything changed."""
        before = (len(self.stable), self.unstable)
        agreed = _common(self._last, words)
        self._last = list(words)
        self.stable += words[len(self.stable) : agreed]
        self.unstable = list(words[len(self.stable) :])
        return before != (len(self.stable), self.unstable)


def _common(one: Sequence[str], two: Sequence[str]) -> int:
    """How many words at the head are the same but for capitals and punctuation."""
    count = 0
    for first, second in zip(one, two, strict=False):
        if _plain(first) != _plain(second):
            break
        count += 1
    return count


def _plain(word: str) -> str:
    return _NOT_A_WORD.sub("", word).lower()
