"""End of turn by the words so far: how long a pause may last before it means that the person has finished (pure).

Rules:

- Words that look finished are answered soon, words that hang in the air later, and nothing waits longer than the cap of
  its eagerness (protocol.md 6.18).
- What is looked at is the end of the text alone: a mark, a word that calls for another one, a number being told.
- The word lists are English. In other languages only punctuation speaks, and everything else is 'unclear'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Eagerness: TypeAlias = Literal["auto", "low", "medium", "high"]
Look: TypeAlias = Literal["finished", "unclear", "unfinished", "number", "wordless"]

_WAITS_MS: dict[str, dict[Look, int]] = {
    "high": {"finished": 400, "unclear": 600, "wordless": 800, "number": 1_200, "unfinished": 2_000},
    "medium": {"finished": 500, "unclear": 900, "wordless": 1_200, "number": 1_800, "unfinished": 4_000},
    "low": {"finished": 600, "unclear": 1_500, "wordless": 2_000, "number": 3_000, "unfinished": 8_000},
}
"""Pauses inside a sentence are under 600 ms nine times in ten; people who look for a word take one to three seconds.
The longest wait of each row is its cap."""

_DANGLING = frozenset(
    """a an the my your his her its our their this these those some any every each no
    and or but nor so because since although though unless until while whereas if whether than as that which whose
    of to in on at by for from with without about into onto over under between among through during before after
    against toward towards behind beside beyond near per via
    i we they he she
    is are was were am be been being has have had do does did can could will would shall should may might must
    i'm i'll i'd i've we're we'll you're you'll they're it's that's there's what's let's
    very really quite rather too also just even only more most less
    um uh er erm hmm mm ah eh like well then maybe perhaps please""".split()
)
"""Words after which another one comes. 'it', 'you', 'me', 'not' and 'there' end sentences too often to stand here."""

_ANSWERS = frozenset(
    """yes yeah yep no nope okay ok sure right exactly correct thanks stop cancel hello hi hey bye goodbye nothing never
    repeat continue next help""".split()
)
"""Words that are whole turns by themselves."""

_NUMBERS = frozenset(
    """zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million double
    triple point plus minus times""".split()
)
_QUESTIONS = frozenset("what what's when where who who's whom why how which whose".split())
_CLOSED = ".!?。！？｡"
_WORD = re.compile(r"[\w'’]+")

SHORTEST_QUESTION_WORDS = 3
"""'What time is it' is a question; 'what about' is the beginning of one."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long the pause must last, and what the words looked like."""

    ms: int
    look: Look


def wait_after(text: str, eagerness: Eagerness, language: str | None = None) -> Wait:
    """The pause that ends a turn whose words so far are `text`. `language` is a BCP 47 code; None counts as English."""
    look = look_of(text, english=language is None or language.lower().startswith("en"))
    return Wait(_WAITS_MS["medium" if eagerness == "auto" else eagerness][look], look)


def look_of(text: str, *, english: bool = True) -> Look:
    """What the end of a text looks like."""
    text = text.rstrip()
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    if not words:
        return "wordless"
    if text.endswith(("...", "…", ",", ";", ":", "-", "–", "—")):
        return "unfinished"
    if english and words[-1] in _DANGLING and not text.endswith("?"):
        return "unfinished"  # a full stop counts for nothing here: some recognisers end everything with one
    if _tells_number(words, text):
        return "number"
    return "finished" if text[-1] in _CLOSED or (english and _is_whole(words)) else "unclear"


def _tells_number(words: list[str], text: str) -> bool:
    """Whether digits are being told: at least two in a row at the end, and no mark that ends them."""
    return text[-1] not in _CLOSED and len(words) > 1 and all(map(_is_number, words[-2:]))


def _is_number(word: str) -> bool:
    return word in _NUMBERS or word.isdigit()


def _is_whole(words: list[str]) -> bool:
    """Whether words without punctuation are a whole turn: a short answer or a question."""
    if len(words) <= 2 and words[-1] in _ANSWERS:
        return True
    return words[0] in _QUESTIONS and len(words) >= SHORTEST_QUESTION_WORDS
