"""The preview form of the Realtime API, in both directions: flat sessions, other names, no `conversation.item.done`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from ovos_voice_agent.protocol.dialects import tables
from ovos_voice_agent.protocol.dialects.rows import Object, Table, flat, flat_path, nested
from ovos_voice_agent.protocol.settings import RealtimeSettings, ServerVad, Settings


@dataclass(frozen=True, slots=True)
class BetaTables:
    """The tables of one preview dialect."""

    session: Table = tables.SESSION
    transcription: Table = tables.TRANSCRIPTION_SESSION
    response_create: Table = tables.RESPONSE_CREATE


BETA = BetaTables()


def beta_defaults(settings: Settings) -> Settings:
    """What a session starts with here where GA starts otherwise: a temperature, and, where nobody configured another, a
    shorter silence."""
    detection = settings.audio.input.turn_detection
    if isinstance(detection, ServerVad) and detection.silence_duration_ms == ServerVad().silence_duration_ms:
        detection = structs.replace(detection, silence_duration_ms=tables.SILENCE_DURATION_MS)
        heard = structs.replace(settings.audio.input, turn_detection=detection)
        settings = structs.replace(settings, audio=structs.replace(settings.audio, input=heard))
    if isinstance(settings, RealtimeSettings):
        settings = structs.replace(settings, temperature=tables.TEMPERATURE)
    return settings


# ------------------------------------------------------------------------------------------------------------- sessions


def session_to_ga(session: Any, kind: str, known: BetaTables = BETA, path: str = "session") -> Any:
    """A flat session request in GA form. `kind` is what it configures: "realtime" or "transcription".

    Raises ClientError for a value of its own that has no GA form; what else is wrong with it, the decoder says.
    """
    if not isinstance(session, dict):
        return session
    ignored = tables.IGNORED_IN_TRANSCRIPTION if kind == "transcription" else tables.IGNORED_IN_SESSION
    kept = {key: value for key, value in session.items() if key not in ignored}
    return {"type": kind, **nested(kept, known.transcription if kind == "transcription" else known.session, path)}


def session_from_ga(session: Mapping[str, Any], known: BetaTables = BETA) -> Object:
    """A session as beta clients see it. A transcription session has the key `client_secret`, null over a WebSocket."""
    if session["type"] != "transcription":
        return flat(session, known.session)
    shown = flat(session, known.transcription)
    return {**shown, "modalities": ["audio", "text"], "client_secret": None}


# -------------------------------------------------------------------------------------------------- items and responses


def item_from_ga(item: Mapping[str, Any]) -> Object:
    """An item as beta clients see it."""
    shown: Object = {"id": item["id"], "object": "realtime.item", **item}
    if "content" in shown:
        shown["content"] = [
            {**part, "type": tables.CONTENT_TYPES.get(part["type"], part["type"])} for part in shown["content"]
        ]
    return shown


def response_from_ga(response: Mapping[str, Any]) -> Object:
    """The `response` object as beta clients see it."""
    shown = flat(response, tables.RESPONSE)
    shown["output"] = [item_from_ga(item) for item in shown["output"]]
    if shown["usage"] is not None:
        details = shown["usage"]["input_token_details"]
        kept = {key: count for key, count in details.items() if key not in tables.GA_ONLY_USAGE}
        shown["usage"] = {**shown["usage"], "input_token_details": kept}
    return shown


def response_to_ga(response: Any, known: BetaTables = BETA) -> Any:
    """`response` of `response.create` in GA form. Raises ClientError as `session_to_ga`."""
    if not isinstance(response, dict):
        return response
    asked = nested(response, known.response_create, "response")
    if isinstance(asked.get("input"), list):
        asked["input"] = [element for item in asked["input"] for element in _with_references(item)]
    return asked


def _with_references(item: Any) -> list[Any]:
    """Beta writes references also as parts of a message; GA knows them as elements of their own."""
    content = item.get("content") if isinstance(item, dict) else None
    if not isinstance(content, list) or not any(_is_reference(part) for part in content):
        return [item]
    elements: list[Any] = []
    for part in content:
        if _is_reference(part):
            elements.append({"type": "item_reference", "id": part.get("id")})
        elif elements and "content" in elements[-1]:
            elements[-1]["content"].append(part)
        else:
            elements.append({**item, "content": [part]})
    return elements


def _is_reference(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "item_reference"


# --------------------------------------------------------------------------------------------------------------- events


def event_from_ga(event: Mapping[str, Any], known: BetaTables = BETA) -> Object | None:
    """A server event as beta clients see it, None where beta has no such event."""
    kind = event["type"]
    if kind in tables.GA_ONLY_EVENTS or kind.startswith(tables.GA_ONLY_FAMILIES):
        return None
    shown = {**event, "type": tables.SERVER_EVENTS.get(kind, kind)}
    for key, translate in _INSIDE.items():
        if isinstance(shown.get(key), dict):
            shown[key] = translate(shown[key], known)
    if kind == "rate_limits.updated":
        shown["rate_limits"] = _with_requests(shown["rate_limits"])
    if kind in tables.TRANSCRIPTION_EVENTS and event["session"]["type"] == "transcription":
        shown["type"] = tables.TRANSCRIPTION_EVENTS[kind]
    return shown


def error_from_ga(error: Mapping[str, Any], known: BetaTables = BETA) -> Object:
    """An `error` whose path, also within its message, is that of the keys the client wrote."""
    path = error.get("param")
    if not isinstance(path, str):
        return dict(error)
    theirs = flat_path(flat_path(path, known.session, "session"), known.response_create, "response")
    if theirs == path:
        return dict(error)
    return {**error, "param": theirs, "message": error["message"].replace(path, theirs)}


_INSIDE: Mapping[str, Callable[[Mapping[str, Any], BetaTables], Object]] = {
    "session": session_from_ga,
    "item": lambda item, _known: item_from_ga(item),
    "response": lambda response, _known: response_from_ga(response),
    "error": error_from_ga,
}
"""What is translated within an event, by its key."""


def _with_requests(limits: Sequence[Object]) -> Sequence[Object]:
    """Beta reports requests and tokens; where only tokens are limited, requests are as free."""
    if any(limit["name"] == "requests" for limit in limits):
        return limits
    return [*({**limit, "name": "requests"} for limit in limits[:1]), *limits]


def event_to_ga(event: Object, known: BetaTables = BETA) -> Object:
    """A client event in GA form. Raises ClientError as `session_to_ga`."""
    kind = event.get("type")
    if kind == "response.create" and "response" in event:
        return {**event, "response": response_to_ga(event["response"], known)}
    if not isinstance(kind, str) or kind not in tables.UPDATES:
        return event
    update = {**event, "type": "session.update"}
    if "session" in event:
        update["session"] = session_to_ga(event["session"], tables.UPDATES[kind], known)
    return update
