"""Writes the JSON schemas of server events that the conformance command validates with, from the official SDK's types.

Usage: `python scripts/export_event_schemas.py`, in an environment with the `openai` package. What is written holds
shapes only: titles, descriptions and defaults are left out. Run it again when a new SDK declares new events.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from openai.types.beta.realtime import RealtimeServerEvent as BetaServerEvent
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

DATA = Path(__file__).parents[1] / "src" / "ovos_voice_agent" / "conformance" / "data"
KEPT = {"$ref", "additionalProperties", "anyOf", "const", "enum", "items", "oneOf", "properties", "required", "type"}


def trimmed(schema: Any) -> Any:
    """A schema with nothing but what validation needs."""
    if isinstance(schema, list):
        return [trimmed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: trimmed(value) for key, value in schema.items() if key in KEPT and key != "properties"}
    if "properties" in schema:
        kept["properties"] = {name: trimmed(value) for name, value in schema["properties"].items()}
    return kept


def document(union: Any) -> dict[str, Any]:
    """Event type -> name of its definition, and all definitions."""
    schema = TypeAdapter(union).json_schema(ref_template="{model}")
    events = {}
    for branch in schema.get("oneOf", schema.get("anyOf", [])):
        definition = schema["$defs"][branch["$ref"]]
        events[definition["properties"]["type"]["const"]] = branch["$ref"]
    definitions = {name: trimmed(one) for name, one in sorted(schema["$defs"].items())}
    return {
        "from": f"openai {version('openai')} (Apache-2.0)",
        "events": dict(sorted(events.items())),
        "definitions": definitions,
    }


def one_per_line(document: dict[str, Any]) -> str:
    """JSON whose differences are readable: one event or definition a line."""
    parts = [f'"from": {json.dumps(document["from"])}']
    for table in ("events", "definitions"):
        lines = [
            f"{json.dumps(name)}: {json.dumps(one, separators=(',', ':'))}" for name, one in document[table].items()
        ]
        parts.append(f'"{table}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    for name, union in (("ga", RealtimeServerEvent), ("beta", BetaServerEvent)):
        path = DATA / f"events.{name}.json"
        path.write_text(one_per_line(document(union)), encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
