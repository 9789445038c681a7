"""Arguments for a tool, found in what was said and fitted to its JSON Schema (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ovos_voice_agent.engines.llm.offline.switching import choose_side, side, without_switching
from ovos_voice_agent.engines.llm.offline.words import STOP_WORDS, numbers, split_name, stem, stems, tokenize

MISSING: Any = object()
"""No value was found (None is a value in JSON)."""

_PREPOSITIONS = "in at for to from of about on near with by called named titled saying into onto around".split()
_TYPICAL = {
    "in": "location city place country town region room area language zone timezone currency",
    "at": "location city place time address",
    "near": "location city place address",
    "to": "recipient person contact destination target language to number recipient email currency name room",
    "from": "source origin from sender start currency",
    "for": "location city place query topic person duration subject name item product term search",
    "with": "person contact participant attendee message",
    "about": "topic query subject question search term",
    "of": "topic city location place country item subject name stock symbol title",
    "called": "name title label", "named": "name title label", "titled": "name title",
    "saying": "message text content body", "on": "topic subject date day device",
    "by": "artist author", "into": "language currency",
}  # fmt: skip
_STRONG = {word: frozenset(kinds.split()) for word, kinds in _TYPICAL.items()}
_FREE_TEXT = frozenset(
    "message text content body note query question search term expression prompt sentence phrase task".split()
)
_PLACE_KINDS = frozenset("location city place town country room area".split())
_CODE_KINDS = frozenset("id number code reference no sku identifier".split())
_TAIL = re.compile(
    r"\s+(?:please|right now|now|today|tonight|tomorrow|this (?:morning|evening|afternoon|week)"
    r"|at the moment|like|thanks|thank you)$",
    re.IGNORECASE,
)
_QUOTING = re.compile(r"(?:\b(?:saying|that says|which says|telling (?:him|her|them)|that)\b|:)\s+(.+)$", re.IGNORECASE)
_PERSON_KINDS = frozenset("recipient person contact to who callee".split())
_ADDRESSED = re.compile(
    r"\b(?:text|message|call|email|mail|tell|ring|phone|dial|ask|send|write)\s+(?:to\s+)?"
    r"(?!(?:a|an|the|to|me|message|email|mail|text|that|this)\b)(\w[\w'.@-]*)",
    re.IGNORECASE,
)
_ON = re.compile(r"\b(?:on|yes|true|enable[ds]?|activate[ds]?|with|open|start)\b")
_OFF = re.compile(r"\b(?:off|no|not|don't|false|disable[ds]?|deactivate[ds]?|without|close|stop)\b")
_DAYS = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was said, and when. `verbs` are stems of the tool's own words, which are no values."""

    text: str
    now: datetime
    own_words: frozenset[str] = frozenset()
    only_text: bool = False  # the one required string of the tool: may take what is left over
    answer: bool = False  # the text answers a question for this very value


def plain(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0) -> Mapping[str, Any]:
    """A schema without references and alternatives: the first alternative that is not null."""
    if depth > _MAX_DEPTH:
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/") and root is not None:
        target: Any = root
        for step in reference[2:].split("/"):
            target = target.get(step, {}) if isinstance(target, Mapping) else {}
        return plain(target, root, depth + 1) if isinstance(target, Mapping) else {}
    for key in ("anyOf", "oneOf", "allOf"):
        options = [option for option in schema.get(key) or () if isinstance(option, Mapping)]
        if options:
            chosen = next((option for option in options if option.get("type") != "null"), options[0])
            return {**plain(chosen, root, depth + 1), **{k: v for k, v in schema.items() if k != key}}
    return schema


def type_of(schema: Mapping[str, Any]) -> str:
    """The JSON type of a plain schema; "string" where it says nothing else."""
    kind = schema.get("type")
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        kind = next((one for one in kind if one != "null"), "null")
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema else "string"


def find_value(name: str, schema: Mapping[str, Any], hearing: Hearing, *, required: bool) -> Any:
    """A value for the parameter `name`, or MISSING. A value that breaks the schema is not found."""
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), Sequence):
        return _find_enum(schema["enum"], hearing.text)
    match type_of(schema):
        case "integer" | "number" as kind:
            return _find_number(name, schema, hearing, whole=kind == "integer", required=required)
        case "boolean":
            return _find_boolean(name, hearing, required=required)
        case "array":
            return _find_array(name, schema, hearing, required=required)
        case "object":
            return _find_object(schema, hearing)
        case "null":
            return None
        case _:
            return _find_string(name, schema, hearing, required=required)


def _find_enum(values: Sequence[Any], text: str) -> Any:
    """The value whose words were all said; the longest of several."""
    said = {stem(token.word) for token in tokenize(text)} | {token.word for token in tokenize(text)}
    best, best_length = MISSING, 0
    for value in values:
        words = split_name(str(value))
        if words and all(word in said or stem(word) in said for word in words) and len(words) > best_length:
            best, best_length = value, len(words)
    if best is MISSING and (switched := choose_side(values, text)) is not None:
        return switched
    return best


def _find_number(name: str, schema: Mapping[str, Any], hearing: Hearing, *, whole: bool, required: bool) -> Any:
    """The number beside the parameter's own word, else the next one that fits."""
    tokens = tokenize(hearing.text)
    words = {stem(word) for word in split_name(name)} | {
        stem(word) for word in stems(str(schema.get("description", "")))
    }
    own = {stem(word) for word in split_name(name)}
    found = [item for item in numbers(hearing.text) if _fits(item[0], schema, whole=whole)]
    for value, start, end in found:
        around = [token.word for token in (*tokens[max(0, start - 2) : start], *tokens[end : end + 2])]
        if own & {stem(word) for word in around} or words & {stem(word) for word in around[-2:]}:
            return _json_number(value, whole=whole)
    return _json_number(found[0][0], whole=whole) if found and required else MISSING


def _fits(value: Fraction, schema: Mapping[str, Any], *, whole: bool) -> bool:
    if whole and value.denominator != 1:
        return False
    low, high, above, below, step = (_limit(schema, key) for key in _LIMITS)
    return (
        (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
        and (below is None or value < below)
        and (step is None or step <= 0 or value % step == 0)
    )


_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def _limit(schema: Mapping[str, Any], key: str) -> Fraction | None:
    value = schema.get(key)
    return Fraction(str(value)) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _json_number(value: Fraction, *, whole: bool) -> int | float:
    return int(value) if whole or value.denominator == 1 else float(value)


def _find_boolean(name: str, hearing: Hearing, *, required: bool) -> Any:
    low = hearing.text.lower()
    named = {stem(word) for word in split_name(name)} & set(stems(low))
    if (_OFF.search(low) or side(low) == "off") and (named or required or hearing.answer):
        return False
    if named or ((required or hearing.answer) and _ON.search(low)):
        return True
    return MISSING


def _find_array(name: str, schema: Mapping[str, Any], hearing: Hearing, *, required: bool) -> Any:
    items = plain(schema.get("items") or {})
    if "enum" in items:
        chosen = [value for value in items["enum"] if _find_enum([value], hearing.text) is not MISSING]
        return chosen or MISSING
    if type_of(items) in {"integer", "number"}:
        whole = type_of(items) == "integer"
        values = [_json_number(n, whole=whole) for n, _, _ in numbers(hearing.text) if _fits(n, items, whole=whole)]
        return values or MISSING
    value = find_value(name.removesuffix("s"), items, hearing, required=required)
    if not isinstance(value, str):
        return MISSING if value is MISSING else [value]
    return [part.strip() for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", value) if part.strip()]


def _find_object(schema: Mapping[str, Any], hearing: Hearing) -> Any:
    filled, missing = find_arguments(schema, hearing)
    return MISSING if missing or not filled else filled


def _find_string(name: str, schema: Mapping[str, Any], hearing: Hearing, *, required: bool) -> Any:
    if schema.get("format") in {"date", "date-time"} or (split_name(name)[-1:] == ["date"]):
        value: Any = _find_date(schema, hearing)
    else:
        value = _phrase_for(name, hearing, required=required)
    if isinstance(value, str) and not string_fits(value, schema):
        return MISSING
    return value


def string_fits(value: str, schema: Mapping[str, Any]) -> bool:
    low, high, pattern = schema.get("minLength", 0), schema.get("maxLength", 10**6), schema.get("pattern")
    if not low <= len(value) <= high:
        return False
    try:
        return not isinstance(pattern, str) or len(value) > 200 or re.search(pattern, value) is not None
    except re.error:
        return True


def _find_date(schema: Mapping[str, Any], hearing: Hearing) -> Any:
    words = [token.word for token in tokenize(hearing.text)]
    days = next((_DAYS[word] for word in words if word in _DAYS), None)
    for word in words:
        if word in _WEEKDAYS:
            days = (_WEEKDAYS.index(word) - hearing.now.weekday() - 1) % 7 + 1
    if found := re.search(r"\b\d{4}-\d{2}-\d{2}\b", hearing.text):
        return found[0]
    if days is None:
        return MISSING
    day = hearing.now + timedelta(days=days)
    return day.isoformat() if schema.get("format") == "date-time" else day.date().isoformat()


def _phrase_for(name: str, hearing: Hearing, *, required: bool) -> Any:
    """Words for a string: quoted, behind the parameter's name, behind a fitting preposition, or what is left over."""
    kinds = set(split_name(name))
    text = hearing.text.strip().rstrip(".!?")
    text = text if kinds & _FREE_TEXT else _joined(text)
    if quoted := re.search(r"[\"“]([^\"”]+)[\"”]", hearing.text):
        return quoted[1]
    if hearing.answer:
        return _trim(_ANSWER_START.sub("", text)) or MISSING
    found = _marked(name, kinds, text) or _behind_typical(kinds, text)
    if found or not required:
        return found or MISSING
    if kinds & _CODE_KINDS and (code := _code_like(text)) is not MISSING:
        return code
    if not hearing.only_text:
        return _code_like(text)
    return (not kinds & _FREE_TEXT and _behind_any(text)) or _leftover(text, hearing)


_JOINT = re.compile(
    r"(?:,\s*|(?<!\s)\s+)(?:and(?:\s+(?:then|also|after that|afterwards|finally))?|then)\s+"
    r"(?:(?:in|for|at|to)\s+(?:the\s+)?|(?<=then\s|also\s)(?=[A-Z]|[\w'-]+$))"
)


def _joined(text: str) -> str:
    """ "in Oslo and then in Bergen" is one value with two places: "in Oslo and Bergen"."""
    return _JOINT.sub(" and ", text)


_ANSWER_START = re.compile(r"^(?:(?:it is|it's|its|in|at|for|to|the|make it|use|i mean|say)\s+)+", re.IGNORECASE)


def _marked(name: str, kinds: set[str], text: str) -> str:
    """A value whose place is plain: "saying ...", "text Bob", or behind the parameter's own name."""
    if kinds & _FREE_TEXT and (found := _QUOTING.search(text)):
        return _trim(found[1])
    if kinds & _PERSON_KINDS and (found := _ADDRESSED.search(text)):
        return found[1]
    spoken = r"[\s_-]+".join(map(re.escape, split_name(name)))
    found = re.search(rf"\b{spoken}\b\s*(?:is|to|of|:|=|called|named|for)?\s+(.+)$", text, re.IGNORECASE)
    if not spoken or not found:
        return ""
    return _trim(found[1] if kinds & _FREE_TEXT else _until_preposition(found[1]))


def _behind_typical(kinds: set[str], text: str) -> str:
    """What stands behind a preposition that is usual for such a parameter."""
    typical = (word for word in _PREPOSITIONS if _STRONG.get(word, frozenset()) & kinds)
    free = bool(kinds & _FREE_TEXT)
    return next((value for word in typical if (value := _behind(word, text, free=free))), "")


def _behind_any(text: str) -> str:
    return next((value for word in _PREPOSITIONS if (value := _behind(word, text, free=False))), "")


def _behind(word: str, text: str, *, free: bool) -> str:
    found = list(re.finditer(rf"\b{word}\s+(.+)$", text, re.IGNORECASE))
    return _trim(found[0][1] if free else _until_preposition(found[0][1])) if found else ""


def _until_preposition(text: str) -> str:
    stops = "|".join((*_PREPOSITIONS, "that", "please", "and then", "using", "because"))
    return re.split(rf"\s+(?:{stops})\b", text, maxsplit=1, flags=re.IGNORECASE)[0]


def _trim(text: str) -> str:
    while (shorter := _TAIL.sub("", text)) != text:
        text = shorter
    text = re.sub(r"^(?:the|a|an|my)\s+", "", text.strip(" ,.;:!?"), flags=re.IGNORECASE)
    return (
        ""
        if text.lower() in {"", "me", "it", "that", "this", "you", "now", "today", "tomorrow", "please", "order"}
        else text
    )


def _code_like(text: str) -> Any:
    """Something that looks like an identifier: digits in it."""
    found = re.search(r"\b[\w-]*\d[\w-]*\b", text)
    return found[0] if found else MISSING


def _leftover(text: str, hearing: Hearing) -> Any:
    """What is left when the tool's own words and small words at both ends are taken away."""
    tokens = [token for token in tokenize(text) if token.word[0].isalnum()]
    while tokens and _is_small(tokens[0].word, hearing):
        tokens = tokens[1:]
    while tokens and _is_small(tokens[-1].word, hearing):
        tokens = tokens[:-1]
    return _trim(text[tokens[0].start : tokens[-1].end]) or MISSING if tokens else MISSING


def _is_small(word: str, hearing: Hearing) -> bool:
    """Whether a word is one of the tool's own, or carries no meaning."""
    return word.split("'", maxsplit=1)[0] in STOP_WORDS or stem(word) in hearing.own_words


def find_arguments(
    parameters: Mapping[str, Any], hearing: Hearing, *, own_words: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], list[str]]:
    """The arguments that were said, and the names of required ones that were not."""
    properties = {
        k: plain(v, parameters) for k, v in (parameters.get("properties") or {}).items() if isinstance(v, Mapping)
    }
    required = [name for name in parameters.get("required") or () if name in properties]
    strings = [
        name for name in required if type_of(properties[name]) in {"string", "array"} and "enum" not in properties[name]
    ]
    filled: dict[str, Any] = {}
    rest, switched = hearing.text, False
    for name in sorted(properties, key=lambda one: _order(properties[one], optional=one not in required)):
        said = without_switching(rest) if switched and not _FREE_TEXT & set(split_name(name)) else rest
        heard = Hearing(said, hearing.now, own_words | hearing.own_words, strings == [name], hearing.answer)
        value = find_value(name, properties[name], heard, required=name in required)
        if value is MISSING and "default" in properties[name] and name in required:
            value = properties[name]["default"]
        if value is not MISSING:
            filled[name] = value
            switched = switched or isinstance(value, bool) or choose_side([value], rest) is not None
            rest = _without_enum(_without_number(rest, value), value, properties[name])
    return {name: filled[name] for name in properties if name in filled}, [
        name for name in required if name not in filled
    ]


def _order(schema: Mapping[str, Any], *, optional: bool) -> tuple[bool, bool]:
    """What is sure comes first: choices and switches, then numbers and texts; required ones before others."""
    return "enum" not in schema and type_of(schema) != "boolean", optional


def _without_enum(text: str, value: Any, schema: Mapping[str, Any]) -> str:
    """The words of a choice are no part of another parameter."""
    if "enum" not in schema:
        return text
    for word in split_name(str(value)):
        text = re.sub(rf"\b{re.escape(word)}\b", ",", text, flags=re.IGNORECASE)
    return text


def _without_number(text: str, value: Any) -> str:
    """A number is used once: the next parameter gets the next one."""
    if not _is_number(value):
        return text
    tokens = tokenize(text)
    for found, start, end in numbers(text):
        if float(found) == float(value):
            return text[: tokens[start].start] + "," + text[tokens[end - 1].end :]
    return text


def place_kind(name: str) -> bool:
    """Whether a parameter names a place."""
    return bool(_PLACE_KINDS & set(split_name(name)))
