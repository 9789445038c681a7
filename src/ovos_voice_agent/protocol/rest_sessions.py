"""Bodies of the calls that prepare sessions (protocol.md 2.4 to 2.6, 11): shapes, and the beta forms in GA form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.dialects.beta import BETA, session_to_ga
from ovos_voice_agent.protocol.dialects.rows import flat_path
from ovos_voice_agent.protocol.validation import (
    Anything,
    Fields,
    Integer,
    ListOf,
    Nullable,
    OneOf,
    Shape,
    StringMap,
    Text,
)

DEFAULT_LIFE_S = 600
"""Of a short-lived key. The preview gave 60 s, which many demos miss on a slow first start."""
SHORTEST_LIFE_S, LONGEST_LIFE_S = 10, 7200

_LIFE = Fields({"anchor": OneOf(("created_at",)), "seconds": Integer(SHORTEST_LIFE_S, LONGEST_LIFE_S)})

METADATA = StringMap(most=16, longest_key=64, longest_value=512)

CLIENT_SECRET = Fields({"expires_after": Nullable(_LIFE), "session": Nullable(Anything())})
"""`POST /v1/realtime/client_secrets`."""

CHANGE = Fields({"session": Nullable(Anything()), "name": Nullable(Text(256)), "metadata": Nullable(METADATA)})
"""`PATCH /v1/realtime/sessions/{id}`."""

PLAIN_SESSION = Fields(
    {
        "name": Nullable(Text(256)),
        "instructions": Nullable(Text()),
        "model": Nullable(Text()),
        "voice": Nullable(Text()),
        "tools": Nullable(ListOf(Anything())),
        "metadata": Nullable(METADATA),
        "expires_after": Nullable(_LIFE),
    },
    unknown=lambda _: None,
)
"""`POST /api/session`: what front ends of their own send; keys that nobody knows are ignored."""

_PREVIEW_LIFE: Mapping[str, Shape] = {"expires_after": Nullable(_LIFE), "expires_at": Nullable(_LIFE)}
_PREVIEW_SECRET = Nullable(Fields(_PREVIEW_LIFE, unknown=lambda _: None))


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """A request of the preview: the session in GA form, and how long its key lives."""

    session: dict[str, Any]
    life_s: int


def life_s(expires_after: Mapping[str, Any] | None) -> int:
    """Seconds from a checked `expires_after`."""
    return int((expires_after or {}).get("seconds", DEFAULT_LIFE_S))


def preview_request(body: dict[str, Any], kind: str) -> PreviewRequest:
    """Raises ClientError whose path is in the client's own words."""
    secret = _PREVIEW_SECRET(body.get("client_secret"), "client_secret") or {}
    session = session_to_ga(_from_plain(body), kind, BETA, path="")
    return PreviewRequest(session, life_s(secret.get("expires_after") or secret.get("expires_at")))


def _from_plain(body: dict[str, Any]) -> dict[str, Any]:
    """The plain forms of section 11 as the preview writes them."""
    session = {key: value for key, value in body.items() if not (key in ("voice", "model") and value == "default")}
    language = session.pop("language", None)
    if language is not None:
        heard = session.get("input_audio_transcription") or {}
        session["input_audio_transcription"] = {"language": Text()(language, "language"), **heard}
    if session.get("turn_detection") is True:
        del session["turn_detection"]
    elif session.get("turn_detection") is False:
        session["turn_detection"] = None
    return session


def in_preview_words(error: ClientError) -> ClientError:
    """An error about the GA form, with the path that the flat body has it under."""
    path = error.param or ""
    theirs = flat_path(path, BETA.session, "session").removeprefix("session.")
    message = error.message.replace(path, theirs) if path else error.message
    return ClientError(message, code=error.code, param=theirs or None, type=error.type, status=error.status)


def flat_tools(tools: Any) -> Any:
    """Tools as the Realtime API writes them; the chat API nests each under `function`."""
    if not isinstance(tools, list):
        return tools
    return [_flat_tool(tool) for tool in tools]


def _flat_tool(tool: Any) -> Any:
    nested = tool.get("function") if isinstance(tool, dict) else None
    return {"type": "function", **nested} if isinstance(nested, dict) else tool
