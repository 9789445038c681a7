"""What the words so far say about a pause: whether they look like a whole turn (pure).

Rules:

- What is looked at is the end of the text alone: a mark, a word that calls for another one, a number being told.
- The word lists are English. In other languages only punctuation speaks, and everything else is 'unclear'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ovos_voice_agent.engines.turn.endings import ending_log_odds

Look: TypeAlias = Literal["finished", "unclear", "unfinished", "number", "wordless"]

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
class Said:
    """What the words so far look like. `ending` is the log odds that a sentence ends with the last of them; None where
    no table tells."""

    words: int
    look: Look
    ending: float | None = None


def said(text: str, language: str | None = None) -> Said:
    """Judge the words of a turn so far. `language` is a BCP 47 code; None counts as English."""
    english = language is None or language.lower().startswith("en")
    words = _words(text)
    if not english or not words:
        return Said(len(words), look_of(text, english=english))
    return Said(len(words), look_of(text), ending_log_odds(words[-1]))


def look_of(text: str, *, english: bool = True) -> Look:
    """What the end of a text looks like."""
    text = text.rstrip()
    words = _words(text)
    if not words:
        return "wordless"
    if text.endswith(("...", "…", ",", ";", ":", "-", "–", "—")):
        return "unfinished"
    if english and _is_answer(words):
        return "finished"  # before the dangling words: a lone 'no' is an answer
    if english and words[-1] in _DANGLING and not text.endswith("?"):
        return "unfinished"  # a full stop counts for nothing here: some recognisers end everything with one
    if _tells_number(words, text):
        return "number"
    return "finished" if text[-1] in _CLOSED or (english and _is_whole(words)) else "unclear"


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _tells_number(words: list[str], text: str) -> bool:
    """Whether digits are being told: at least two in a row at the end, and no mark that ends them."""
    return text[-1] not in _CLOSED and len(words) > 1 and all(map(_is_number, words[-2:]))


def _is_number(word: str) -> bool:
    return word in _NUMBERS or word.isdigit()


def _is_whole(words: list[str]) -> bool:
    """Whether words without punctuation are a whole turn: a short answer or a question."""
    return _is_answer(words) or (words[0] in _QUESTIONS and len(words) >= SHORTEST_QUESTION_WORDS)


def _is_answer(words: list[str]) -> bool:
    return len(words) <= 2 and words[-1] in _ANSWERS
