"""What a tool gave back, as a sentence to say (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ovos_voice_agent.engines.llm.offline.words import join_words, split_name

_SPEECH_KEYS = ("speech", "message", "answer", "summary", "text", "result", "response", "content", "output")
_ERROR_KEYS = ("error", "errors", "exception")
_OUTCOME_KEYS = frozenset({"ok", "success", "status", "done", "succeeded"})
_GOOD = frozenset({"ok", "success", "done", "completed", "complete", "succeeded", "true"})
_UNITS = {
    "c": "degrees Celsius", "celsius": "degrees Celsius", "f": "degrees Fahrenheit", "fahrenheit": "degrees Fahrenheit",
    "km": "kilometres", "m": "metres", "cm": "centimetres", "kg": "kilograms", "g": "grams",
    "kmh": "kilometres per hour",
    "kph": "kilometres per hour", "mph": "miles per hour", "percent": "percent", "pct": "percent", "ms": "milliseconds",
    "s": "seconds", "sec": "seconds", "seconds": "seconds", "min": "minutes", "minutes": "minutes", "hours": "hours",
    "days": "days", "usd": "dollars", "eur": "euros", "gbp": "pounds", "miles": "miles", "mm": "millimetres",
}  # fmt: skip
_VERBS_OF_NAMES = frozenset(
    "get set fetch find lookup look up search query check read list show current the for by".split()
)
_MOST_ITEMS = 5
_MOST_CHARS = 600


def say_result(name: str, arguments: str, output: str) -> str:
    """The output of the tool `name`, which was called with `arguments` (JSON text)."""
    output = output.strip()
    if not output:
        return "Done."
    try:
        value = json.loads(output)
    except ValueError:
        return _sentence(output[:_MOST_CHARS])
    return _say_value(name, _load(arguments), value)[:_MOST_CHARS]


def _load(arguments: str) -> Mapping[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _say_value(name: str, arguments: Mapping[str, Any], value: Any) -> str:
    if value is None:
        return "Done."
    if isinstance(value, bool):
        return "Done." if value else "That did not work."
    if isinstance(value, str):
        return _sentence(value)
    if isinstance(value, list):
        return _say_list(_subject(name), value)
    if isinstance(value, dict):
        return _say_table(name, arguments, value)
    return f"The {_subject(name)} is {_phrase(value)}."


def _say_table(name: str, arguments: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    if error := next((table[key] for key in _ERROR_KEYS if table.get(key)), None):
        return f"That did not work: {_sentence(_phrase(error))}"
    outcome = [table[key] for key in table if key.lower() in _OUTCOME_KEYS]
    good = [one for one in outcome if str(one).lower() in _GOOD]
    if any(one is False or str(one).lower() in {"failed", "failure", "error"} for one in outcome):
        rest = _facts({k: v for k, v in table.items() if k.lower() not in _OUTCOME_KEYS})
        return "That did not work." + (f" {_sentence(rest)}" if rest else "")
    rest_table = {key: v for key, v in table.items() if not (key.lower() in _OUTCOME_KEYS and v in good)}
    for key in _SPEECH_KEYS:
        if isinstance(text := rest_table.get(key), str) and text.strip():
            return _sentence(text)
    if len(rest_table) == 1 and isinstance(only := next(iter(rest_table.values())), list | dict):
        return _say_value(next(iter(rest_table)) or name, arguments, only)
    echoed = {str(v).lower() for v in arguments.values()}
    news = {key: v for key, v in rest_table.items() if str(v).lower() not in echoed} or rest_table
    if not news:
        return "Done."
    return ("Done: " if good else _opening(name, arguments)) + _facts(news).rstrip(".") + "."


def _opening(name: str, arguments: Mapping[str, Any]) -> str:
    """ "For Paris: ", when something simple was asked about."""
    asked = [str(value) for value in arguments.values() if isinstance(value, str) and 0 < len(value) <= 40]
    return f"Here is the {_subject(name)} for {asked[0]}: " if asked else f"Here is the {_subject(name)}: "


def _say_list(subject: str, items: Sequence[Any]) -> str:
    if not items:
        return "Nothing was found."
    shown = [_phrase(item) for item in items[:_MOST_ITEMS]]
    more = f", and {len(items) - _MOST_ITEMS} more" if len(items) > _MOST_ITEMS else ""
    if len(items) == 1:
        return _sentence(f"There is one {subject}: {shown[0]}")
    separator = "; " if any("," in one for one in shown) else ", "
    joined = separator.join(shown) if more or separator == "; " else join_words(shown)
    return _sentence(f"There are {len(items)} results: {joined}{more}")


def _facts(table: Mapping[str, Any], depth: int = 0) -> str:
    """ "temperature is 21 degrees Celsius and condition is sunny"."""
    parts: list[str] = []
    for key, value in list(table.items())[:12]:
        words, unit = _name_and_unit(key, table)
        if isinstance(value, dict) and depth < 3:
            parts.append(f"{words}: {_facts(value, depth + 1)}")
        elif key.lower() not in {"unit", "units"}:
            parts.append(f"{words} is {_phrase(value)}{unit}")
    return join_words(parts)


def _name_and_unit(key: str, table: Mapping[str, Any]) -> tuple[str, str]:
    """`temperature_c` is "temperature" in "degrees Celsius"; a `unit` beside it does the same."""
    words = split_name(key)
    number = isinstance(table[key], int | float) and not isinstance(table[key], bool)
    if number and len(words) > 1 and words[-1] in _UNITS:
        return " ".join(words[:-1]), f" {_UNITS[words[-1]]}"
    unit = table.get("unit", table.get("units"))
    if number and isinstance(unit, str) and len(table) <= 5 and unit.lower().strip("°") in _UNITS and len(words) == 1:
        return " ".join(words), f" {_UNITS[unit.lower().strip('°')]}" if words[0].startswith(
            ("temp", "value", "dist")
        ) else ""
    return " ".join(words) or "it", ""


def _phrase(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return join_words([_phrase(item) for item in value[:_MOST_ITEMS]]) or "nothing"
    if isinstance(value, dict):
        return next((str(value[key]) for key in ("name", "title", "message") if value.get(key)), _facts(value, 1))
    return str(value)


def _subject(name: str) -> str:
    words = [word for word in split_name(name) if word not in _VERBS_OF_NAMES]
    return " ".join(words) or "result"


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    if not text:
        return "Done."
    return text[:1].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")
