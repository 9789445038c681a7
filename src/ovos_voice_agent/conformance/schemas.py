"""Strict validation of server events by JSON schemas made from the official SDK's types (`data/events.*.json`).

Only the words that these schemas use are known: `$ref`, `anyOf`, `oneOf`, `const`, `enum`, `type`, `properties`,
`required`, `items`, `additionalProperties`. Keys that the SDK does not declare are allowed, as the SDK allows them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from ovos_voice_agent.conformance.patterns import brief, json_type

_NUMBERS = {"number": {"number", "integer"}}


class Schemas:
    """The events of one dialect."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.source: str = document["from"]
        self.events: Mapping[str, str] = document["events"]
        self._definitions: Mapping[str, Any] = document["definitions"]

    def problems(self, event: Mapping[str, Any]) -> list[str]:
        """What is wrong with an event, each by its path; an undeclared type has no problems."""
        name = self.events.get(str(event.get("type")))
        return list(self._check(event, {"$ref": name}, "")) if name else []

    def _check(self, value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self._definitions[schema["$ref"]]
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            yield from self._check_any(value, branches, path)
            return
        if "const" in schema and value != schema["const"]:
            yield f"{path} is {brief(value)}, expected {schema['const']!r}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{path} is {brief(value)}, expected one of {', '.join(map(str, schema['enum']))}"
        elif "type" in schema and json_type(value) not in _NUMBERS.get(schema["type"], {schema["type"]}):
            yield f"{path} is {brief(value)}, expected {schema['type']}"
        elif isinstance(value, Mapping):
            yield from self._check_object(value, schema, path)
        elif isinstance(value, list) and "items" in schema:
            for index, inner in enumerate(value):
                yield from self._check(inner, schema["items"], f"{path}[{index}]")

    def _check_object(self, value: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
        declared = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{_join(path, name)} is missing"
        for name, inner in value.items():
            if name in declared:
                yield from self._check(inner, declared[name], _join(path, name))
            elif isinstance(extra, Mapping):
                yield from self._check(inner, extra, _join(path, name))

    def _check_any(self, value: Any, branches: list[Mapping[str, Any]], path: str) -> Iterator[str]:
        """Nothing where one branch fits, else the problems of the branch that fits best."""
        found = [list(self._check(value, branch, path)) for branch in branches]
        if all(found):
            yield from min(found, key=lambda problems: (any(_at(path, one) for one in problems), len(problems)))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _at(path: str, problem: str) -> bool:
    """Whether a problem is about this very value or its `type`: then the branch was not meant."""
    return problem.startswith((f"{path} is ", f"{_join(path, 'type')} is "))


@functools.cache
def schemas(dialect: str) -> Schemas:
    """The schemas of `ga` or `beta`."""
    text = files("ovos_voice_agent.conformance").joinpath("data", f"events.{dialect}.json").read_text(encoding="utf-8")
    return Schemas(json.loads(text))
