"""Written text -> text to speak, each spoken character with its place in the written text (pure).

The transcript keeps markdown, emoji, addresses and code as written; the voice gets words. Nothing is added but words
for what would otherwise be spelled out or lost. English words are used for signs; text without signs is left as it is.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

CODE_PHRASE = "code omitted"

_EMOJI = (
    "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff\u200d\ufe0e\ufe0f\u20e3"
    "\U000e0020-\U000e007f\U0001f1e6-\U0001f1ff"
)
_WORDS = {
    "&": "and", "%": "percent", "°": "degrees", "→": "to", "⇒": "to", "←": "from", "↔": "to and from", "≈": "about",
    "×": "times", "÷": "divided by", "±": "plus or minus", "≤": "at most", "≥": "at least", "≠": "is not",
    "<=": "at most", ">=": "at least", "!=": "is not", "->": "to", "=>": "to", "<": "less than", ">": "greater than",
    "°C": "degrees Celsius", "°F": "degrees Fahrenheit", "§": "section", "½": "one half", "¼": "one quarter",
    "¾": "three quarters", "−": "minus",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Speakable:
    """`offsets[i]` is the index in the written text of the spoken character i; it never falls."""

    text: str
    offsets: tuple[int, ...]

    def __post_init__(self) -> None:
        assert len(self.text) == len(self.offsets)


def speakable(text: str) -> Speakable:
    """What to say for `text`; empty when there is nothing to say (an emoji, a rule)."""
    writer = _Writer(text)
    _speak_blocks(writer, text)
    return writer.done()


def align(speech: Speakable, spoken_chars: int, written_chars: int) -> int:
    """How much of the written text stands for the first `spoken_chars` of the speech; `written_chars` is its length."""
    if spoken_chars >= len(speech.text):
        return written_chars
    return speech.offsets[max(0, spoken_chars)]


def spoken_length(speech: Speakable, written_chars: int) -> int:
    """The other way round: how many spoken characters stand for the first `written_chars` of the written text."""
    return bisect_left(speech.offsets, written_chars)


class _Writer:
    """Collects spoken characters; spaces are collapsed, repeated marks too."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._chars: list[str] = []
        self._offsets: list[int] = []
        self.code_said = False

    def copy(self, start: int, end: int) -> None:
        """Say the written text's `[start:end]` as it is."""
        for index in range(start, end):
            self._put(self.source[index], index)

    def say(self, words: str, at: int) -> None:
        """Say other words for what stands at `at`, set apart by spaces."""
        for char in f" {words} ":
            self._put(char, at)

    def pause(self, at: int, mark: str = ".") -> None:
        """A stop, unless there is one already, or nothing to stop."""
        while self._chars and self._chars[-1] == " ":
            self._pop()
        if self._chars and self._chars[-1] not in ".!?:;,…。！？，、；：":
            self._put(mark, at)
        self._put(" ", at)

    def done(self) -> Speakable:
        while self._chars and self._chars[-1] == " ":
            self._pop()
        text = "".join(self._chars)
        return Speakable(text, tuple(self._offsets)) if any(map(str.isalnum, text)) else Speakable("", ())

    def _put(self, char: str, at: int) -> None:
        last = self._chars[-1] if self._chars else ""
        char = " " if char.isspace() else char
        if char == " " and last in {"", " "}:
            return
        if char in ",.!?;:" and (not last or self._is_repeated(char, last)):
            return
        if char in ",.!?;:)" and last == " " and len(self._chars) > 1:
            self._pop()  # "really ?" after a dropped emoji
        self._chars.append(char)
        self._offsets.append(max(at, self._offsets[-1] if self._offsets else 0))

    def _is_repeated(self, char: str, last: str) -> bool:
        """Whether a mark only repeats the one before it: "?!", "!!!", ". ." after something dropped."""
        before = last if last != " " or len(self._chars) < 2 else self._chars[-2]
        return before in "!?.;:," and not (before == char == "." and last == ".")

    def _pop(self) -> None:
        self._chars.pop()
        self._offsets.pop()


# -------------------------------------------------------------------------------------------------------------- blocks

_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$")
_TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_BULLET = re.compile(r"[ \t]*[-*+•◦▪][ \t]+(?:\[[ xX]\][ \t]+)?")


def _speak_blocks(writer: _Writer, text: str) -> None:
    fenced = False
    position = 0
    for line in text.splitlines(keepends=True):
        start, end = position, position + len(line.rstrip("\r\n"))
        position += len(line)
        if _FENCE.match(text, start, end) and (fenced or not _closes_inline(text, start, end)):
            fenced = not fenced
            _say_code(writer, start)
        elif not fenced:
            _speak_line(writer, start, end)
            writer.copy(end, position)


def _closes_inline(text: str, start: int, end: int) -> bool:
    """Whether a line that begins with a fence also ends it: ```like this```."""
    return text.count("```", start, end) > 1


def _say_code(writer: _Writer, at: int) -> None:
    """Say once that there is code."""
    if not writer.code_said:
        writer.code_said = True
        writer.pause(at)
        writer.say(CODE_PHRASE, at)
        writer.pause(at)


def _speak_line(writer: _Writer, start: int, end: int) -> None:
    text = writer.source
    if _RULE.match(text, start, end) or _TABLE_RULE.match(text, start, end):
        return
    if _TABLE_ROW.match(text, start, end):
        _speak_row(writer, start, end)
        return
    block = False
    for pattern in (_QUOTE, _HEADING, _BULLET):
        if found := pattern.match(text, start, end):
            start = found.end()
            block = block or pattern is not _QUOTE
    if block:
        writer.pause(start)
    _speak_inline(writer, start, end)
    if block:
        writer.pause(end)


def _speak_row(writer: _Writer, start: int, end: int) -> None:
    """The cells of a table row, with a short stop between them."""
    cell_start = start
    cells = 0
    for index in range(start, end + 1):
        if index == end or (writer.source[index] == "|" and writer.source[index - 1 : index] != "\\"):
            if writer.source[cell_start:index].strip():
                if cells:
                    writer.pause(cell_start, ",")
                _speak_inline(writer, cell_start, index)
                cells += 1
            cell_start = index + 1
    writer.pause(end)


# -------------------------------------------------------------------------------------------------------------- inline

_INLINE = re.compile(
    rf"""
      (?P<image>!\[(?P<image_text>[^\]\n]*)\]\([^)\n]*\))
    | (?P<link>\[(?P<link_text>[^\[\]\n]+)\]\((?:[^()\n]|\([^()\n]*\))*\))
    | (?P<footnote>\[\^[^\]\n]+\])
    | (?P<code>(?P<ticks>`+)(?P<code_text>[^\n]+?)(?P=ticks))
    | (?P<comment><!--.*?-->)
    | (?P<url><?(?:https?://|www\.)[^\s<>]+>?)
    | (?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b)
    | (?P<tag></?[A-Za-z][^<>\n]*>)
    | (?P<entity>&(?:\#\d+|\#x[0-9a-fA-F]+|[A-Za-z]{{2,8}});)
    | (?P<star>(?<=[\d)])\s*\*\s*(?=[\d(]))
    | (?P<emphasis>\*+|~~+|(?<!\w)_+|_+(?!\w)|`+)
    | (?P<sign>°[CF]\b|<=|>=|!=|->|=>|(?<!\S)[<>](?=\s)|[&%°→⇒←↔≈×÷±≤≥≠§½¼¾−])
    | (?P<emoji>[{_EMOJI}]+)
    """,
    re.VERBOSE,
)


def _speak_inline(writer: _Writer, start: int, end: int) -> None:
    position = start
    for found in _INLINE.finditer(writer.source, start, end):
        writer.copy(position, found.start())
        _SPEAK[found.lastgroup or ""](writer, found)
        position = found.end()
    writer.copy(position, end)


def _speak_group(name: str) -> Callable[[_Writer, re.Match[str]], None]:
    def speak(writer: _Writer, found: re.Match[str]) -> None:
        _speak_inline(writer, *found.span(name))

    return speak


def _speak_code(writer: _Writer, found: re.Match[str]) -> None:
    """Inline code as words: `get_user_name` is "get user name"."""
    for index in range(*found.span("code_text")):
        char = writer.source[index]
        writer.copy(index, index + 1) if char not in "_`" else writer.say("", index)


def _speak_url(writer: _Writer, found: re.Match[str]) -> None:
    """The host alone, and what ends the sentence behind the address."""
    address = found[0].strip("<>")
    trailing = len(address) - len(address.rstrip(".,;:!?)'\"*_"))
    host = re.sub(r"^https?://", "", address).split("/")[0].split("?")[0].split("#")[0]
    host = host.rsplit("@")[-1].removeprefix("www.").rstrip(".,;:!?)'\"*_")
    name, _, port = host.partition(":")
    writer.say(name.replace(".", " dot ") + (f" port {port}" if port else ""), found.start())
    if not found[0].endswith(">"):
        tail = address[len(address) - trailing :].replace("*", "").replace("_", "")
        first = found.end() - trailing
        for shift, char in enumerate(tail):
            writer.copy(first + shift, first + shift + 1) if char in ".,;:!?)" else None


def _speak_email(writer: _Writer, found: re.Match[str]) -> None:
    name, _, host = found[0].partition("@")
    writer.say(f"{name.replace('.', ' dot ')} at {host.replace('.', ' dot ')}", found.start())


def _speak_entity(writer: _Writer, found: re.Match[str]) -> None:
    char = html.unescape(found[0])
    writer.say(_WORDS.get(char, "" if char.startswith("&") else char), found.start())


def _speak_sign(writer: _Writer, found: re.Match[str]) -> None:
    writer.say(_WORDS[found[0]], found.start())


def _speak_times(writer: _Writer, found: re.Match[str]) -> None:
    writer.say("times", found.start())


def _speak_space(writer: _Writer, found: re.Match[str]) -> None:
    writer.say("", found.start())


def _drop(_writer: _Writer, _found: re.Match[str]) -> None:
    """Nothing to say."""


_SPEAK: dict[str, Callable[[_Writer, re.Match[str]], None]] = {
    "image": _speak_group("image_text"),
    "link": _speak_group("link_text"),
    "footnote": _drop,
    "code": _speak_code,
    "comment": _drop,
    "url": _speak_url,
    "email": _speak_email,
    "tag": _speak_space,
    "entity": _speak_entity,
    "star": _speak_times,
    "emphasis": _drop,
    "sign": _speak_sign,
    "emoji": _speak_space,
}
