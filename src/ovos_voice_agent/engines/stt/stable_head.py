"""The head of a growing hypothesis that may be shown for good, though the recogniser still rewrites its end."""

from __future__ import annotations

from collections import deque

AGREE = 3
"""So many hypotheses in a row must agree on a word; at eleven changes a second that is about 0.3 s."""
LAG_WORDS = 2
"""The last words of a hypothesis are rewritten in three of four changes, so they are never stable."""


class StableHead:
    """Feed it every hypothesis; `stable` only ever grows, whatever the recogniser takes back later."""

    def __init__(self) -> None:
        self.stable: list[str] = []
        self.unstable: list[str] = []
        self._recent: deque[list[str]] = deque(maxlen=AGREE)

    def push(self, words: list[str]) -> bool:
        """The hypothesis of now. Returns whether `stable` or `unstable` changed."""
        before = (len(self.stable), self.unstable)
        self._recent.append(words)
        if len(self._recent) == AGREE:
            self.stable += self._agreed()[len(self.stable) :]
        self.unstable = words[len(self.stable) :]
        return before != (len(self.stable), self.unstable)

    def _agreed(self) -> list[str]:
        shortest = min(self._recent, key=len)
        head = shortest[: max(0, len(shortest) - LAG_WORDS)]
        for number, word in enumerate(head):
            if any(words[number] != word for words in self._recent):
                return head[:number]
        return head
