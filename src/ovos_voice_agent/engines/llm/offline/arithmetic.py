"""Sums in words and signs: "what's twelve times seven", "15% of 80", "the square root of 81" (pure).

A small parser with bounds: nothing is evaluated as a program, powers and factorials have limits, and every value is an
exact fraction. It finds the longest sum in what was said and ignores the words around it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ovos_voice_agent.engines.llm.offline.words import Token, join_words, read_number, say_number, tokenize

_MAX_TOKENS = 80
_MAX_DEPTH = 20
_MAX_BITS = 2_000  # of any value: some 600 digits

_PHRASES = (
    (
        r"\bmultiplied (?:by|with)\b|\btimes\b|(?<=\d)\s*[x×]\s*(?=[\d(])|(?<=\w)\s+x\s+(?=\w)|(?<!\*)\*(?!\*)|·|×",
        " * ",
    ),
    (r"\bdivided (?:by|into)\b|\bover\b|÷", " / "),
    (r"\b(?:to the power(?: of)?|raised to(?: the power(?: of)?)?)\b|\*\*|\bpower of\b", " ^ "),
    (r"\bplus\b|\badded to\b|\band (?:then )?add\b|\bthen add\b", " + "),
    (
        (
            r"\b(?:and )?then (?:subtract|take away)\b|\band (?:subtract|take away)\b|\btake away\b"
            r"|\bminus\b|\bless(?! than)\b|[−–]"
        ),
        " - ",
    ),
    (r"\b(?:and |then )+multipl(?:y|ied)(?: it| that)? by\b", " * "),
    (r"\b(?:and |then )+divide(?: it| that)? by\b", " / "),
    (r"\b(?:percentage|per cent|percent)\b", " % "),
    (r"\b(?:modulo|modulus|mod)\b", " mod "),
    (r"√", " square root of "),
    (r"²|\bsquared\b", " squared "),
    (r"³|\bcubed\b", " cubed "),
)
_LISTS = {"sum": "+", "total": "+", "product": "*", "difference": "-", "quotient": "/", "average": "avg", "mean": "avg"}
_VERBS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_SHARES = {
    "half": Fraction(1, 2), "third": Fraction(1, 3), "thirds": Fraction(1, 3), "quarter": Fraction(1, 4),
    "quarters": Fraction(1, 4), "fifth": Fraction(1, 5), "fifths": Fraction(1, 5), "tenth": Fraction(1, 10),
    "tenths": Fraction(1, 10), "halves": Fraction(1, 2), "eighth": Fraction(1, 8), "eighths": Fraction(1, 8),
}  # fmt: skip
_HOMOPHONES = {"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1, "ate": 8, "tree": 3, "sex": 6, "tin": 10}
"""What a recogniser hears where only a number can stand."""

_SIGN_WORDS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "^": "to the power of", "mod": "modulo"}


_NUMBERS_WITH_DASHES = re.compile(r"\d-\d")
_ASKS_FOR_SUM = re.compile(r"what|how much|calculate|compute|=|^[\s\d().+*/^%?-]+$")


class UndefinedSumError(ValueError):
    """A sum without a value that can be told; the text says why."""


class _NoSumError(Exception):
    """These words are no sum."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum that was found: its value, and its words as understood. `why` says why there is no value."""

    said: str
    value: Fraction | None
    why: str = ""
    exact: bool = True
    operators: frozenset[str] = frozenset()

    @property
    def sentence(self) -> str:
        if self.value is None:
            return self.why
        about = "" if self.exact or say_number(self.value).startswith("about") else "about "
        return f"{self.said[:1].upper()}{self.said[1:]} is {about}{say_number(self.value)}."


@lru_cache(maxsize=32)  # every tool offered asks about the same words
def find_sum(text: str) -> Sum | None:
    """The longest sum in a text, or None."""
    text = text.lower().replace("’", "'")
    if _NUMBERS_WITH_DASHES.search(text) and not _ASKS_FOR_SUM.search(text):
        return None  # a telephone number or a date
    for pattern, sign in _PHRASES:
        text = re.sub(pattern, sign, text)
    tokens = [token for token in tokenize(text) if token.word not in {"?", "!", "=", '"', "."}][:_MAX_TOKENS]
    for start in range(len(tokens)):
        found = _parse_at(tokens, start)
        if found is not None:
            return found
    return None


def _parse_at(tokens: list[Token], start: int) -> Sum | None:
    parser = _Parser(tokens, start)
    try:
        value, said = parser.sum()
    except UndefinedSumError as error:
        return Sum("", None, str(error))
    except _NoSumError:
        return None
    if not parser.operators:
        return None
    return Sum(said, value, exact=parser.exact, operators=frozenset(parser.operators))


_Part = tuple[Fraction, str]


class _Parser:
    """Recursive descent over the tokens from `start` on; stops at the first word that does not belong."""

    def __init__(self, tokens: list[Token], start: int) -> None:
        self._tokens = tokens
        self._at = start
        self._depth = 0
        self.operators: set[str] = set()
        self.exact = True

    def sum(self) -> _Part:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> _Part:
        return self._chain(self._power, ("*", "/", "mod", "×"))

    def _chain(self, part: Callable[[], _Part], signs: tuple[str, ...]) -> _Part:
        left = part()
        while self._word() in signs:
            mark = self._at
            sign = self._next()
            try:
                right = part()
            except _NoSumError:
                self._at = mark
                break
            left = self._apply(sign, left, right)
        return left

    def _power(self) -> _Part:
        base = self._suffixed()
        if self._word() == "^":
            self._next()
            return self._apply("^", base, self._signed(self._power))
        return base

    def _signed(self, part: Callable[[], _Part]) -> _Part:
        if self._word() in {"-", "negative"}:
            self._next()
            value, said = self._signed(part)
            return -value, f"minus {said}"
        return part()

    def _suffixed(self) -> _Part:
        value, said = self._signed(self._primary)
        while True:
            word = self._word()
            if word in {"squared", "cubed"}:
                self._next()
                self.operators.add("^")
                value, said = _power(value, Fraction(2 if word == "squared" else 3)), f"{said} {word}"
            elif word == "%":
                self._next()
                value, said = self._percent(value, said)
            elif word == "factorial":
                self._next()
                value, said = self._factorial(value, said)
            else:
                return value, said

    def _percent(self, value: Fraction, said: str) -> _Part:
        if self._word() != "of":
            return value / 100, f"{said} percent"
        self._next()
        whole, whole_said = self._suffixed()
        self.operators.add("%")
        return value / 100 * whole, f"{said} percent of {whole_said}"

    def _primary(self) -> _Part:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _NoSumError
        try:
            return self._bracket() or self._function() or self._share() or self._number()
        finally:
            self._depth -= 1

    def _bracket(self) -> _Part | None:
        if self._word() != "(":
            return None
        self._next()
        value, said = self.sum()
        if self._word() == ")":
            self._next()
        return value, f"({said})"

    def _function(self) -> _Part | None:
        self._skip("the", "a")
        word = self._word()
        if word in {"square", "cube", "cubic"} and self._word(1) == "root":
            return self._root(word)
        if word == "root" or word == "factorial":
            self._next()
            self._skip("of")
            value, said = self._signed(self._primary)
            return self._factorial(value, said) if word == "factorial" else self._root_of(value, said, 2)
        if word in {"twice", "double", "triple"}:
            return self._multiple(word)
        if word in _LISTS:
            return self._list(_LISTS[word])
        return self._verb(_VERBS[word]) if word in _VERBS else None

    def _root(self, word: str) -> _Part:
        self._next()
        self._next()
        self._skip("of")
        value, said = self._signed(self._primary)
        return self._root_of(value, said, 2 if word == "square" else 3)

    def _root_of(self, value: Fraction, said: str, degree: int) -> _Part:
        self.operators.add("root")
        if value < 0 and degree == 2:
            raise UndefinedSumError("A negative number has no real square root.")
        root, exact = _root(value, degree)
        self.exact = self.exact and exact
        return root, f"the {'square' if degree == 2 else 'cube'} root of {said}"

    def _factorial(self, value: Fraction, said: str) -> _Part:
        self.operators.add("factorial")
        if value.denominator != 1 or value < 0:
            raise UndefinedSumError("A factorial needs a whole number that is not negative.")
        if value > 170:
            raise UndefinedSumError("That number is too large for me.")
        return Fraction(math.factorial(int(value))), f"the factorial of {said}"

    def _multiple(self, word: str) -> _Part:
        self._next()
        value, said = self._suffixed()
        self.operators.add("*")
        return value * (3 if word == "triple" else 2), f"{word} {said}"

    def _list(self, sign: str) -> _Part:
        """ "the sum of 2, 3 and 4": values with commas or "and" between them."""
        self._next()
        if self._word() not in {"of", "between"}:
            raise _NoSumError
        self._next()
        parts = [self._suffixed()]
        while self._skip(",", "and"):
            parts.append(self._suffixed())
        return self._fold(sign, parts)

    def _fold(self, sign: str, parts: list[_Part]) -> _Part:
        if len(parts) < 2:
            raise _NoSumError
        if sign == "avg":
            self.operators.add("avg")
            said = join_words([said for _, said in parts])
            return sum((value for value, _ in parts), Fraction(0)) / len(parts), f"the average of {said}"
        result = parts[0]
        for part in parts[1:]:
            result = self._apply(sign, result, part)
        return result

    def _verb(self, sign: str) -> _Part:
        """ "add 5 to 7", "subtract 3 from 10", "divide 20 by 4"."""
        self._next()
        parts = [self._suffixed()]
        joint = self._word()
        if joint not in {"and", "to", "from", "by", "with", ",", "into"}:
            raise _NoSumError
        while self._skip("and", "to", "from", "by", "with", ",", "into"):
            parts.append(self._suffixed())
        return self._fold(sign, parts[::-1] if joint in {"from", "into"} else parts)

    def _share(self) -> _Part | None:
        """ "half of 8", "a third of 9", "three quarters of 80"."""
        mark = self._at
        count = self._plain_number() or (Fraction(1), self._at, "a ")
        self._at = count[1]
        share = _SHARES.get(self._word())
        if (
            share is None
            or self._word(1) not in {"of", "the", "a"}
            or (self._word(1) != "of" and self._word(2) != "of")
        ):
            self._at = mark
            return None
        said = f"{count[2]}{self._next()} of "
        while self._word() in {"of", "the", "a"}:
            self._next()
        value, whole_said = self._suffixed()
        self.operators.add("%")
        return count[0] * share * value, (said + whole_said).replace("a half", "half")

    def _plain_number(self) -> tuple[Fraction, int, str] | None:
        found = read_number(self._tokens, self._at)
        return (found[0], found[1], say_number(found[0]) + " ") if found else None

    def _number(self) -> _Part:
        found = read_number(self._tokens, self._at)
        if found is not None:
            self._at = found[1]
            return found[0], say_number(found[0])
        beside_sign = self._word(-1) in _SIGN_WORDS or self._word(1) in _SIGN_WORDS
        if self._word() in _HOMOPHONES and beside_sign:
            value = Fraction(_HOMOPHONES[self._next()])
            return value, say_number(value)
        raise _NoSumError

    def _apply(self, sign: str, left: _Part, right: _Part) -> _Part:
        self.operators.add(sign)
        return _compute(sign, left[0], right[0]), f"{left[1]} {_SIGN_WORDS[sign]} {right[1]}"

    def _word(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place].word if 0 <= place < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._word()
        self._at += 1
        return word

    def _skip(self, *words: str) -> bool:
        skipped = False
        while self._word() in words and self._word():
            self._at += 1
            skipped = True
        return skipped


def _compute(sign: str, left: Fraction, right: Fraction) -> Fraction:
    if sign in {"/", "mod"} and right == 0:
        raise UndefinedSumError("Nothing can be divided by zero.")
    match sign:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value = left * right
        case "/":
            value = left / right
        case "mod":
            value = left % right
        case _:
            value = _power(left, right)
    return _bounded(value)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent < 0:
        raise UndefinedSumError("Nothing can be divided by zero.")
    if exponent.denominator != 1:
        if base < 0 or abs(exponent) > 50 or base > 10**6:
            raise UndefinedSumError("I cannot work out that power.")
        return Fraction(float(base) ** float(exponent)).limit_denominator(10**8)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) > _MAX_BITS or (abs(base) != 1 and bits * abs(exponent) > _MAX_BITS):
        raise UndefinedSumError("That number is too large for me.")
    return base ** int(exponent)


def _root(value: Fraction, degree: int) -> tuple[Fraction, bool]:
    """The root, and whether it is exact."""
    size = abs(value)
    guess = Fraction(
        round(float(size.numerator) ** (1 / degree)), max(1, round(float(size.denominator) ** (1 / degree)))
    )
    sign = -1 if value < 0 else 1
    if guess**degree == size:
        return sign * guess, True
    return sign * Fraction(float(size) ** (1 / degree)).limit_denominator(10**8), False


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > _MAX_BITS or value.denominator.bit_length() > _MAX_BITS:
        raise UndefinedSumError("That number is too large for me.")
    return value
