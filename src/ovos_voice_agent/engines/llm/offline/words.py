"""Words of what somebody said: cut, stemmed, and numbers as they are spoken (pure, English)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")

STOP_WORDS = frozenset(
    """a an the this that these those my your his her its our their i you he she it we they me him us them is are was
    were be been am do does did can could will would shall should may might must have has had of to in on at
    for from by with and or but if so as than then there here what which who whom whose when where why how
    please just really very also not no yes okay ok oh well hey hi hello now some any all about into out up
    down over off let lets tell give get want like need know think say said thing things something one ones
    more much many s t m re ve ll d im whats hows wheres make use using used based given provided specified
    return returns fetch find value values""".split()
)

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SMALL |= {"oh": 0, "nought": 0, "dozen": 12, "fourty": 40}
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign: `text` as written, `word` in lower case, and where it stands in the text."""

    text: str
    word: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Words, numbers and signs; hyphens between letters part words ("twenty-one")."""
    return [Token(m[0], m[0].lower().replace("’", "'"), m.start(), m.end()) for m in _TOKEN.finditer(text)]


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """A word without its commonest endings, so that "lights" meets "light" and "scheduling" meets "schedule"."""
    word = word.lower().removesuffix("'s")
    if len(word) > 5:
        word = word.replace("our", "or")  # colour and color
    for ending, least in (
        ("ations", 3),
        ("ation", 3),
        ("ings", 3),
        ("ing", 3),
        ("ies", 2),
        ("ers", 4),
        ("ed", 3),
        ("es", 3),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return _undouble(word[: -len(ending)] + ("y" if ending == "ies" else ""))
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    return _undouble(word)


def _undouble(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiosl":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order."""
    words = (token.word for token in tokenize(text))
    return [stem(word) for word in words if word[0].isalpha() and word not in STOP_WORDS]


def split_name(name: str) -> list[str]:
    """The words of a name in a program: `get_weatherNow` is get, weather, now."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def humanize(name: str) -> str:
    """A name in a program as words to say."""
    return " ".join(split_name(name))


def read_number(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    """The number that begins at `at`, in digits or words, and where it ends."""
    if at >= len(tokens):
        return None
    digits = _read_digits(tokens[at].word)
    if digits is not None:
        scale = _LARGE.get(tokens[at + 1].word, 1) if at + 1 < len(tokens) else 1
        return digits * scale, at + (2 if scale > 1 else 1)
    return _read_words(tokens, at)


def _read_digits(word: str) -> Fraction | None:
    plain = word.replace(",", "")
    return Fraction(plain) if re.fullmatch(r"\d{1,40}(?:\.\d{1,20})?|\.\d{1,20}", plain) else None


def _read_words(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    total, group, position, seen = 0, 0, at, False
    while position < len(tokens):
        step = _number_word(tokens, position, group, seen=seen)
        if step is None:
            break
        kind, value = step
        if kind == "large":
            total, group = total + max(1, group) * value, 0
        elif kind == "hundred":
            group = max(1, group) * 100
        else:
            group += value
        seen = seen or kind != "skip"
        position += 1
    if not seen:
        return None
    while tokens[position - 1].word in {"and", "a", "-"}:
        position -= 1
    return _with_decimals(Fraction(total + group), tokens, position)


def _number_word(tokens: Sequence[Token], at: int, group: int, *, seen: bool) -> tuple[str, int] | None:
    """What a word does to a number being read: None when it does not belong to it."""
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if word in _LARGE:
        return "large", _LARGE[word]
    if word == "hundred" and (not seen or 0 < group < 100):
        return "hundred", 100
    if word == "a" and not seen and following in {"hundred", "dozen", *_LARGE}:
        return "small", 1 if following != "dozen" else 0
    if word in _SMALL and (not seen or _fits(_SMALL[word], group)):
        return "small", _SMALL[word]
    if word == "and" and seen and group % 100 == 0 and group and following in _SMALL:
        return "skip", 0
    if word == "-" and seen and following in _SMALL and group % 100 >= 20 and group % 10 == 0:
        return "skip", 0
    return None


def _fits(value: int, group: int) -> bool:
    """Whether a small number can follow: "twenty one" and "hundred five", but not "two two"."""
    if value >= 10:
        return group % 100 == 0 and (group > 0 or value > 0)
    return (group % 100 == 0 and group > 0) or (group % 10 == 0 and group % 100 >= 20) or group == 0


def _with_decimals(value: Fraction, tokens: Sequence[Token], at: int) -> tuple[Fraction, int]:
    """Digits behind "point"."""
    if at >= len(tokens) or tokens[at].word != "point":
        return value, at
    digits, position = "", at + 1
    while position < len(tokens) and len(digits) < 12:
        word = tokens[position].word
        if word.isdigit():
            digits += word
        elif _SMALL.get(word, 10) < 10:
            digits += str(_SMALL[word])
        else:
            break
        position += 1
    return (value + Fraction(int(digits), 10 ** len(digits)), position) if digits else (value, at)


def numbers(text: str) -> list[tuple[Fraction, int, int]]:
    """All numbers of a text with the places (in tokens) where they begin and end."""
    tokens = tokenize(text)
    found: list[tuple[Fraction, int, int]] = []
    position = 0
    while position < len(tokens):
        number = read_number(tokens, position)
        if number is None:
            position += 1
            continue
        sign = -1 if position and tokens[position - 1].word in {"minus", "negative", "-"} else 1
        found.append((sign * number[0], position, number[1]))
        position = number[1]
    return found


def say_number(value: Fraction) -> str:
    """A number as a person would read it: at most four decimals, said to be rounded where it is."""
    sign = "minus " if value < 0 else ""
    value = abs(value)
    if value >= 10**15:
        digits = len(str(value.numerator // value.denominator)) - 1
        return f"{sign}about {float(value / 10**digits):.3g} times ten to the power of {digits}"
    if value.denominator == 1:
        return f"{sign}{value.numerator:,}" if value >= 10_000 else f"{sign}{value.numerator}"
    rounded = round(value, 4) or Fraction(float(f"{float(value):.3g}"))
    text = f"{float(rounded):,.10f}".rstrip("0").rstrip(".")
    return sign + ("" if rounded == value else "about ") + text


def join_words(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
