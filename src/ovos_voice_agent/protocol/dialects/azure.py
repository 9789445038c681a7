"""What Azure adds: a twin of one key in its GA form, and old spellings in its preview form (protocol.md 1.7)."""

from __future__ import annotations

from typing import Any

from ovos_voice_agent.protocol.dialects import tables
from ovos_voice_agent.protocol.dialects.beta import BetaTables
from ovos_voice_agent.protocol.dialects.rows import Object, Row, at, put, replaced

_PART_EVENTS = frozenset({"response.content_part.added", "response.content_part.done"})


def with_content_twin(event: Object) -> Object:
    """Azure's GA form says the part twice."""
    return {**event, "content": event["part"]} if event["type"] in _PART_EVENTS else event


# ------------------------------------------------------------------------------------------------------------- preview


def _choice_inwards(value: Any, _path: str) -> Any:
    """`{"type": "function", "function": "name"}`, also as `{"function": {"name": ...}}` of the chat API."""
    if not isinstance(value, dict) or "function" not in value:
        return value
    named = value["function"]
    rest = {key: entry for key, entry in value.items() if key != "function"}
    return {"name": named.get("name") if isinstance(named, dict) else named, **rest}


def _choice_outwards(value: Any) -> Any:
    """Both spellings: the oldest clients read `function`, all others `name`."""
    return {**value, "function": value["name"]} if isinstance(value, dict) and "name" in value else value


def _detection_inwards(value: Any, path: str) -> Any:
    """`{"type": "none"}` is null."""
    if isinstance(value, dict) and value.get("type") == "none":
        return None
    return tables.detection_inwards(value, path)


def _format_inwards(value: Any, path: str) -> Any:
    """G.711 may be written with a hyphen."""
    return tables.format_inwards(_UNDERSCORES.get(value, value) if isinstance(value, str) else value, path)


_HYPHENS = {name: name.replace("_", "-") for name in tables.AUDIO_FORMATS if "_" in name}
_UNDERSCORES = {hyphenated: name for name, hyphenated in _HYPHENS.items()}

_CHOICE = Row("tool_choice", "tool_choice", _choice_inwards, _choice_outwards)
_DETECTION = Row("turn_detection", "audio.input.turn_detection", _detection_inwards, tables.detection_outwards)
_HEARING = Row("turn_detection", "audio.input.turn_detection", _detection_inwards, tables.hearing_outwards)
_INPUT = Row("input_audio_format", "audio.input.format", _format_inwards, tables.format_outwards)
_OUTPUT = Row("output_audio_format", "audio.output.format", _format_inwards, tables.format_outwards)

PREVIEW = BetaTables(
    session=replaced(tables.SESSION, _CHOICE, _DETECTION, _INPUT, _OUTPUT),
    transcription=replaced(tables.TRANSCRIPTION_SESSION, _HEARING, _INPUT),
    response_create=(*replaced(tables.RESPONSE_CREATE, _OUTPUT), _CHOICE, Row("input_items", "input")),
)
"""The beta tables with what Azure's preview spells otherwise. `commit` and `cancel_previous` have no row: ignored."""

_FORMAT_KEYS = (
    "session.input_audio_format",
    "session.output_audio_format",
    "response.output_audio_format",
)


def writes_hyphens(event: Object) -> bool:
    """Whether a client event shows that its client writes G.711 with a hyphen."""
    return any(isinstance(name := at(event, key), str) and name in _UNDERSCORES for key in _FORMAT_KEYS)


def with_hyphens(event: Object) -> Object:
    """A server event for such a client."""
    for key in _FORMAT_KEYS:
        if isinstance(name := at(event, key), str):
            event = put(event, key, _HYPHENS.get(name, name))
    return event


def unbundled(event: Object) -> list[Object]:
    """`response.append_input_items` are items of the conversation: their creation, then the response."""
    items = at(event, "response.append_input_items")
    if event.get("type") != "response.create" or not isinstance(items, list):
        return [event]
    answered = {"event_id": event["event_id"]} if "event_id" in event else {}
    creations = [{**answered, "type": "conversation.item.create", "item": item} for item in items]
    return [*creations, event]
