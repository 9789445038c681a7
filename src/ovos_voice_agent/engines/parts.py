"""Cuts a text into parts that are spoken one after the other, where a speaker would breathe."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SENTENCE_END = re.compile(r"[.!?。！？…]+[\"'”’)\]]*\s+")
_CLAUSE_END = re.compile(r"[,;:、，；：—–]\s*")
_SPACE = re.compile(r"\s+")


def parts(text: str, limit_chars: int) -> Iterator[str]:
    """Parts of at most `limit_chars`, as long as possible: cut at the end of a sentence, else of a clause, else of a
    word."""
    rest = text.strip()
    while len(rest) > limit_chars:
        cut = _last_cut(rest[:limit_chars])
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def sentences(text: str, limit_chars: int) -> Iterator[str]:
    """One sentence at a time, for voices that make a sentence as a whole; those over `limit_chars` in parts."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield from parts(text[start : match.end()], limit_chars)
        start = match.end()
    yield from parts(text[start:], limit_chars)


def _last_cut(head: str) -> int:
    """Where to cut: never in the first half when there is a choice that is only a little worse."""
    for pattern in (_SENTENCE_END, _CLAUSE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(head)]
        if ends and ends[-1] > len(head) // 2:
            return ends[-1]
    return len(head)
