"""Takes thinking out of streamed text: `<think>…</think>` and its kin, however the text is cut (pure).

What comes from a template without a parser may hold the tags in the content; nobody wants to hear them. A block that is
never closed is dropped to its end; a closing tag without an opening one is dropped alone.
"""

from __future__ import annotations

import re

_NAMES = ("think", "thinking", "reasoning")
_TAG = re.compile(r"<(/?)(?:thinking|think|reasoning)>", re.IGNORECASE)
_STARTS = frozenset(
    tag[:length] for name in _NAMES for tag in (f"<{name}>", f"</{name}>") for length in range(1, len(tag))
)
_LONGEST_START = max(map(len, _STARTS))


class ThinkFilter:
    """One answer's text, without its thinking."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._skip_space = False

    def push(self, text: str) -> str:
        """What of the text so far may be spoken now; a possible start of a tag is held back."""
        if not self._thinking and not self._held and not self._skip_space and "<" not in text:
            return text
        text = self._held + text
        held = _held_length(text)
        self._held = text[len(text) - held :]
        return self._without_thinking(text[: len(text) - held])

    def finish(self) -> str:
        """What was held back and turned out to be no tag."""
        rest, self._held = self._held, ""
        return self._without_thinking(rest)

    def _without_thinking(self, text: str) -> str:
        kept: list[str] = []
        position = 0
        for tag in _TAG.finditer(text):
            self._keep(text[position : tag.start()], kept)
            self._thinking = not tag[1]
            self._skip_space = True
            position = tag.end()
        self._keep(text[position:], kept)
        return "".join(kept)

    def _keep(self, text: str, kept: list[str]) -> None:
        if self._thinking:
            return
        if self._skip_space:
            text = text.lstrip()
            self._skip_space = not text
        kept.append(text)


def _held_length(text: str) -> int:
    """Length of the end of `text` that may still become a tag."""
    start = text.rfind("<", max(0, len(text) - _LONGEST_START))
    return len(text) - start if start >= 0 and text[start:].lower() in _STARTS else 0
