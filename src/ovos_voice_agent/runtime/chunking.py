"""Text deltas -> phrases to speak, with their places in the written text (pure).

Rules:

- Phrases follow each other without gap or overlap: together they are the text, character for character.
- A cut is decided by the characters up to it, never by where a delta ended: the same text gives the same phrases.
- The first phrase is short, because somebody waits for it: a clause, or 50 characters. The second may end at a clause
  once it is long enough to give the synthesis time; later ones are sentences of at most 200 characters.
- Nothing is cut inside a number, a time, an abbreviation, inline code, a link, a code block or a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FIRST_WORDS = 3
FIRST_WEIGHT = 12
"""A first phrase of a clause has three words or twelve characters: less sounds chopped. A sentence may be one word."""

FIRST_LIMIT = 50
"""Without a clause by then, the first phrase ends at the next space: about three seconds of speech."""

SECOND_CLAUSE_WEIGHT = 60
LIMIT = 200
"""Longest phrase: some 13 seconds of speech; synthesis by sentence should not begin later."""

BLOCK_LIMIT = 4_000
"""A code block, link or table longer than this is cut all the same, so that memory has a bound."""

_SENTENCE_ENDS = frozenset(".!?…")
_CLAUSE_ENDS = frozenset(",;:—–")
_WIDE_SENTENCE_ENDS = frozenset("。！？｡")
_WIDE_CLAUSE_ENDS = frozenset("，、；：")
_CLOSERS = "\"'”’»)]}*_」』）"
_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof sr jr st mt vs etc e.g i.e a.m p.m eg ie cf approx dept est fig vol gen gov sen rep rev hon col
    capt lt sgt cmdr inc ltd co corp ave blvd jan feb mar apr jun jul aug sep sept oct nov dec tel
    ext max min""".split()
)
_LIST_MARK = re.compile(r"\s*(?:[-*+•]|#{1,6}|\d{1,3}[.)])\s")
_NUMBERED = re.compile(r"\s*\d{1,3}[.)]$")
_DOTTED = re.compile(r"(?:\w\.)+\w")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of the text: `text` is exactly the written text's `[start:end]`, in characters."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Markup:
    """What must not be cut at this place: fenced code, table rows, inline code and links."""

    line: str = ""
    fenced: bool = False
    table: bool = False
    ticked: bool = False
    brackets: int = 0
    link: bool = False

    def push(self, char: str) -> None:
        if char == "\n":
            self._end_line()
            return
        if self.line.strip() == "" and char.strip():
            self.table = char == "|"
        if not self.fenced:
            self._push_inline(char)
        self.line += char if len(self.line) < 400 else ""

    def _push_inline(self, char: str) -> None:
        if char == "`":
            self.ticked = not self.ticked
        elif char == "[":
            self.brackets += 1
        elif char == "]":
            self.brackets = max(0, self.brackets - 1)
        elif char == "(" and self.line.endswith("]"):
            self.link = True
        elif char == ")":
            self.link = False

    def _end_line(self) -> None:
        if self.line.lstrip().startswith("```"):
            self.fenced = not self.fenced
        self.line, self.ticked, self.brackets, self.link = "", False, 0, False

    @property
    def whole(self) -> bool:
        """True where a cut would tear something."""
        return self.fenced or self.table or self.ticked or self.brackets > 0 or self.link or self._opening()

    def _opening(self) -> bool:
        return self.line.lstrip().startswith("```")


@dataclass(slots=True)
class PhraseCutter:
    """Cuts one reply. Feed deltas with `push`, end with `finish`."""

    _text: str = ""  # since the last cut
    _start: int = 0  # where it begins in the written text
    _count: int = 0  # phrases so far
    _weight: int = 0
    _clause: int = 0  # end of the last clause in `_text`
    _space: int = 0  # end of the last whitespace in `_text`
    _markup: _Markup = field(default_factory=_Markup)

    def push(self, delta: str) -> list[Phrase]:
        """Phrases that are complete with this delta."""
        phrases: list[Phrase] = []
        for char in delta:
            self._push_char(char, phrases)
        return phrases

    def finish(self) -> list[Phrase]:
        """The rest, if there is any."""
        phrases: list[Phrase] = []
        if self._text:
            self._cut(len(self._text), phrases)
        return phrases

    def _push_char(self, char: str, phrases: list[Phrase]) -> None:
        if self._table_ends(char):
            self._cut(len(self._text), phrases)
        was_line = self._markup.line
        self._markup.push(char)
        self._text += char
        self._weight += 3 if _is_wide(char) else 1
        if self._markup.whole:
            if self._weight >= BLOCK_LIMIT:
                self._cut(len(self._text), phrases)
            return
        if end := self._find_end(char, was_line):
            self._cut(end, phrases)

    def _table_ends(self, char: str) -> bool:
        """Whether a new line that is no table row begins behind a table."""
        at_line_start = bool(self._text) and self._markup.line.strip() == ""
        return self._markup.table and at_line_start and bool(char.strip()) and char != "|"

    def _find_end(self, char: str, line: str) -> int:
        """Where the phrase ends, now that `char` has come: 0 when nowhere. `line` is its line without it."""
        length = len(self._text)
        if char.isspace():
            self._space = length
            if self._ends_sentence(char, line):
                return length
            if char == "\n" or self._word().rstrip(_CLOSERS)[-1:] in _CLAUSE_ENDS or self._word() == "-":
                self._clause = length
        elif char in _WIDE_SENTENCE_ENDS:
            return length
        elif char in _WIDE_CLAUSE_ENDS or (self._count == 0 and self._ends_at_once(char)):
            self._clause = length
        return self._limit_end(length)

    def _limit_end(self, length: int) -> int:
        """The end by length: clause, space, or right here when a phrase is too long without either."""
        if self._clause == length and self._long_enough():
            return length
        if self._count == 0 and self._weight >= FIRST_LIMIT and self._space == length:
            return length
        if self._weight < LIMIT:
            return 0
        if self._clause > length // 3:
            return self._clause
        return self._space or length

    def _long_enough(self) -> bool:
        """Whether what is there may end at a clause."""
        if self._count == 0:
            words = len(self._text.split())
            return bool(self._text.strip()) and (words >= FIRST_WORDS or self._weight >= FIRST_WEIGHT)
        return self._count == 1 and self._weight >= SECOND_CLAUSE_WEIGHT

    def _ends_at_once(self, char: str) -> bool:
        """Whether a mark ends a clause whatever follows: a comma behind a letter, not one in a number or an address."""
        word = self._word(behind=True)
        if char not in ",;!?" or not word[:-1] or any(mark in word for mark in "/@(<=&"):
            return False
        return word[-2].isalpha() or word[-2] in _CLOSERS

    def _ends_sentence(self, char: str, line: str) -> bool:
        """Whether the whitespace `char` stands behind a sentence that may be a phrase."""
        if not self._text.strip():
            return False
        if char == "\n":
            return not line.strip() or bool(_LIST_MARK.match(line)) or _ends_with(line, _SENTENCE_ENDS)
        word = self._word().rstrip(_CLOSERS)
        if word[-1:] not in _SENTENCE_ENDS or _NUMBERED.match(line):
            return False
        return word[-1] != "." or not _is_abbreviation(word.rstrip("."))

    def _word(self, *, behind: bool = False) -> str:
        """The word before the last character, or with `behind` the one that ends with it."""
        text = self._text if behind else self._text[:-1]
        return text[max(text.rfind(" "), text.rfind("\n"), text.rfind("\t")) + 1 :]

    def _cut(self, end: int, phrases: list[Phrase]) -> None:
        text, self._text = self._text[:end], self._text[end:]
        phrases.append(Phrase(text, self._start, self._start + end))
        self._start += end
        self._count += bool(text.strip())
        self._weight = sum(3 if _is_wide(char) else 1 for char in self._text)
        self._clause = 0
        self._space = max(self._text.rfind(" "), self._text.rfind("\n")) + 1


def _is_wide(char: str) -> bool:
    """Whether a character is one of the scripts that write a word in one or two signs."""
    return "\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" or "\uff00" <= char <= "\uffef"


def _is_abbreviation(word: str) -> bool:
    """Whether a full stop behind `word` belongs to it."""
    word = word.lstrip("(\"'“‘«*_").lower()
    single = len(word) == 1 and word.isalpha() and word != "i"
    return single or word in _ABBREVIATIONS or bool(_DOTTED.fullmatch(word))


def _ends_with(line: str, marks: frozenset[str]) -> bool:
    return line.rstrip().rstrip(_CLOSERS)[-1:] in marks
