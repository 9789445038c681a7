"""Which tool fits the words, and how to call it (pure).

A tool fits when one telling word of its name was said, or two of its description, or one of these with a value of its
schema. Telling words are those left without "get", "set", "the" and the like; words are compared by their stems.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ovos_voice_agent.engines.interface import Tool
from ovos_voice_agent.engines.llm.offline.arithmetic import find_sum
from ovos_voice_agent.engines.llm.offline.placeholders import placeholder
from ovos_voice_agent.engines.llm.offline.schema import Hearing, find_arguments, place_kind, plain
from ovos_voice_agent.engines.llm.offline.words import STOP_WORDS, humanize, join_words, split_name, stem, stems

THRESHOLD = 2.0
_NAME_WEIGHT, _DESCRIPTION_WEIGHT, _VALUE_WEIGHT, _PARAMETER_WEIGHT = 2.0, 1.0, 1.0, 0.5

_WEAK = frozenset(
    map(
        stem,
        "get set fetch do run call tool function current new create info information data handle perform user item"
        " query list by id name text number string type update change check show add start open close".split(),
    )
)
"""Words too common in names of tools to tell anything: they count half a word of a description."""

_KIN = (
    "weather rain raining rainy sunny snow snowing forecast umbrella windy cloudy degrees temperature",
    "light lights lamp lamps bulb dim brighten bright",
    "play song songs music listen track album tune",
    "temperature thermostat heating warm warmer cold colder degrees",
    "timer alarm countdown remind reminder wake",
    "message text sms email mail send",
    "dice die roll",
    "calculate calculator math compute arithmetic sum expression evaluate",
    "time clock hour",
    "buy order purchase",
    "book reserve reservation booking appointment schedule meeting calendar",
    "search lookup look google web find",
    "translate translation",
    "news headlines",
    "stock share shares price quote",
    "volume louder quieter loud quiet mute",
    "light_on turn switch power",
    "phone dial ring call",
    "delete remove cancel",
    "joke funny laugh",
    "navigate directions route drive",
)
_RELATED: dict[str, frozenset[str]] = {}
for _group in _KIN:
    _members = frozenset(map(stem, _group.split()))
    for _member in _members:
        _RELATED[_member] = _RELATED.get(_member, frozenset()) | _members


@dataclass(frozen=True, slots=True)
class Call:
    """A call to make: `arguments` fit the schema."""

    name: str
    arguments: dict[str, Any]

    @property
    def json(self) -> str:
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """A tool fits, but these required parameters were not said."""

    question: str


_ASKED = re.compile(r"^To (?P<task>.+), I need the (?P<names>.+)\. What (?:is it|are they)\?$")


def choose(text: str, tools: Sequence[Tool], now: datetime, *, several: bool = True) -> list[Call] | Ask | None:
    """Calls that do what was asked, a question for what is missing, or None when no tool fits."""
    if several and len(parts := re.split(r"\s*(?:,|;|\.|\band\b|\bthen\b)+\s+", text)) > 1:
        calls = [choose(part, tools, now, several=False) for part in parts if part]
        if len(calls) > 1 and all(isinstance(call, list) for call in calls):
            return [one for call in calls if isinstance(call, list) for one in call]
    tool = best_tool(text, tools)
    if tool is None:
        return None
    arguments, missing = find_arguments(tool.parameters, Hearing(text, now), own_words=_own_words(tool))
    _fill_sum(tool, text, arguments, missing)
    if missing:
        return Ask(question(tool, missing))
    return _spread(tool, arguments) if several else [Call(tool.name, arguments)]


def answer_question(
    asked: str, before: str, text: str, tools: Sequence[Tool], now: datetime
) -> list[Call] | Ask | None:
    """Go on after `asked`, our own question for a parameter: `before` is the request, `text` the answer to it."""
    found = _ASKED.match(asked.strip())
    tool = next((tool for tool in tools if found and task(tool) == found["task"]), None)
    if tool is None:
        return None
    arguments, missing = find_arguments(tool.parameters, Hearing(before, now), own_words=_own_words(tool))
    properties = {name: tool.parameters["properties"][name] for name in missing}
    one = Hearing(text, now, answer=len(missing) == 1)
    given, still = find_arguments({**tool.parameters, "properties": properties, "required": missing}, one)
    return Ask(question(tool, still)) if still else [Call(tool.name, arguments | given)]


def must_call(text: str, tools: Sequence[Tool], now: datetime, name: str | None = None) -> Call | None:
    """A call whatever was said, schema-valid: of the tool `name`, else of the best. None without tools."""
    named = [tool for tool in tools if tool.name == name] if name else tools
    if not named:
        return None
    tool = max(named, key=lambda one: score(text, one))
    arguments, missing = find_arguments(tool.parameters, Hearing(text, now), own_words=_own_words(tool))
    _fill_sum(tool, text, arguments, missing)
    properties = tool.parameters.get("properties") or {}
    for missed in tool.parameters.get("required") or ():
        if missed not in arguments:
            schema = plain(properties.get(missed) or {}, tool.parameters)
            arguments[missed] = placeholder(schema, text, now, tool.parameters)
    return Call(tool.name, arguments)


def best_tool(text: str, tools: Sequence[Tool]) -> Tool | None:
    """The tool that fits best, if one fits well enough."""
    ranked = sorted(((score(text, tool), -place) for place, tool in enumerate(tools)), reverse=True)
    return tools[-ranked[0][1]] if ranked and ranked[0][0] >= THRESHOLD else None


def score(text: str, tool: Tool) -> float:
    """How well a tool fits the words: the weights of what it shares with them."""
    said = set(stems(text)) | {stem(word) for word in re.findall(r"[a-z]+", text.lower()) if word not in STOP_WORDS}
    if (found := find_sum(text)) and found.value is not None:
        said |= {stem("calculate"), stem("math")} | {_OPERATION[sign] for sign in found.operators if sign in _OPERATION}
    near = said | {relative for word in said for relative in _RELATED.get(word, ())}
    name = {stem(word) for word in split_name(tool.name)} - {stem(word) for word in STOP_WORDS}
    total = sum(_NAME_WEIGHT if word in near else 0 for word in name - _WEAK)
    total += sum(_NAME_WEIGHT for word in name & frozenset(_OPERATION.values()) if found and word in said)
    total += sum(_DESCRIPTION_WEIGHT / 2 for word in name & _WEAK if word in said)
    described = set(stems(tool.description)) - name - _WEAK
    total += sum(_DESCRIPTION_WEIGHT for word in described if word in said)
    return total + _schema_score(said, tool) if total else 0.0


_OPERATION = {"+": stem("add"), "-": stem("subtract"), "*": stem("multiply"), "/": stem("divide")}


def _schema_score(said: set[str], tool: Tool) -> float:
    total = 0.0
    for name, schema in (tool.parameters.get("properties") or {}).items():
        if not isinstance(schema, dict):
            continue
        if any(said & {stem(word) for word in split_name(str(value))} for value in schema.get("enum") or ()):
            total += _VALUE_WEIGHT
        total += _PARAMETER_WEIGHT * bool(said & {stem(word) for word in split_name(name)} - _WEAK)
    return total


def _own_words(tool: Tool) -> frozenset[str]:
    words = {stem(word) for word in split_name(tool.name)} | set(stems(tool.description))
    return frozenset(words | {kin for word in words for kin in _RELATED.get(word, ())})


def _fill_sum(tool: Tool, text: str, arguments: dict[str, Any], missing: list[str]) -> None:
    """An expression for a calculator, in signs."""
    found = find_sum(text)
    for name in ("expression", "formula", "equation", "calculation"):
        if found and found.value is not None and name in (tool.parameters.get("properties") or {}):
            arguments[name] = _in_signs(found.said)
            missing[:] = [one for one in missing if one != name]


def _in_signs(said: str) -> str:
    for words, sign in (("plus", "+"), ("minus", "-"), ("times", "*"), ("divided by", "/"), ("to the power of", "**")):
        said = re.sub(rf"\b{words}\b", sign, said)
    said = re.sub(r"([\d.]+) percent of ([\d.]+)", r"\1 / 100 * \2", said)
    return re.sub(r"the square root of ([\d.]+)", r"sqrt(\1)", said)


def _spread(tool: Tool, arguments: dict[str, Any]) -> list[Call]:
    """ "the weather in Paris and London": one call for each place."""
    for name, value in arguments.items():
        if (
            place_kind(name)
            and isinstance(value, str)
            and len(places := re.split(r",\s*(?:and\s+)?|\s+and\s+", value)) > 1
        ):
            bare = (re.sub(r"^the\s+", "", place) for place in places)
            return [Call(tool.name, arguments | {name: place}) for place in bare if place]
    return [Call(tool.name, arguments)]


def task(tool: Tool) -> str:
    """What a tool does, as words: `get_weather` is "get weather"."""
    return humanize(tool.name) or "do that"


def question(tool: Tool, missing: Sequence[str]) -> str:
    asks = "What is it?" if len(missing) == 1 else "What are they?"
    return f"To {task(tool)}, I need the {join_words([humanize(name) for name in missing])}. {asks}"
