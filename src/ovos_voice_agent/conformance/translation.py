"""GA words <-> the words of the dialect under test, so that one suite judges all of them (protocol reference 1.8-1.10).

What a dialect cannot say is left out; the event as it was on the wire stays beside the translated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BETA_TO_GA = {
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "conversation.item.created": "conversation.item.added",
    "transcription_session.created": "session.created",
    "transcription_session.updated": "session.updated",
}
_FORMATS: dict[str, dict[str, Any]] = {
    "pcm16": {"type": "audio/pcm", "rate": 24000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}
_FORMAT_NAMES = {shape["type"]: name for name, shape in _FORMATS.items()}
_CONTENT = {"output_text": "text", "output_audio": "audio"}
_CONTENT_BACK = {beta: ga for ga, beta in _CONTENT.items()}

_SESSION = {
    "audio.input.transcription": "input_audio_transcription",
    "audio.input.noise_reduction": "input_audio_noise_reduction",
    "audio.input.turn_detection": "turn_detection",
    "audio.output.voice": "voice",
    "audio.output.speed": "speed",
    "max_output_tokens": "max_response_output_tokens",
}
"""GA path -> beta key, where only the name differs."""
_SESSION_FORMATS = {
    "audio.input.format": "input_audio_format",
    "audio.output.format": "output_audio_format",
}


class Translation:
    """Stateless; `ga` and `azure` pass everything as it is."""

    def __init__(self, dialect: str) -> None:
        self._beta = dialect in {"beta", "azure-preview"}

    def outgoing(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """A client event for the wire."""
        changed = dict(event)
        if not self._beta:
            return changed
        if isinstance(session := event.get("session"), Mapping):
            changed["session"] = flat(session)
            if session.get("type") == "transcription" and event.get("type") == "session.update":
                changed["type"] = "transcription_session.update"
        if isinstance(response := event.get("response"), Mapping):
            changed["response"] = flat(response, tokens="max_output_tokens")
        if isinstance(event.get("item"), Mapping):
            changed["item"] = _item(event["item"], _CONTENT)
        return changed

    def incoming(self, event: dict[str, Any]) -> dict[str, Any]:
        """A server event in GA words."""
        if not self._beta:
            return event
        kind = event.get("type")
        changed = event | {"type": _BETA_TO_GA.get(kind, kind) if isinstance(kind, str) else kind}
        if isinstance(session := event.get("session"), Mapping):
            transcription = session.get("object") == "realtime.transcription_session"
            changed["session"] = nested(session) | {"type": "transcription" if transcription else "realtime"}
        if isinstance(event.get("item"), Mapping):
            changed["item"] = _item(event["item"], _CONTENT_BACK)
        if isinstance(response := event.get("response"), Mapping):
            changed["response"] = nested(response)
            if isinstance(output := response.get("output"), list):
                changed["response"]["output"] = [_item(one, _CONTENT_BACK) for one in output]
        return changed


def flat(session: Mapping[str, Any], tokens: str = "max_response_output_tokens") -> dict[str, Any]:
    """A GA session or response, as beta writes it. Keys that beta does not know are kept as they are."""
    beta = {key: value for key, value in session.items() if key not in {"type", "audio", "output_modalities"}}
    if "max_output_tokens" in beta:
        beta[tokens] = beta.pop("max_output_tokens")
    if modalities := session.get("output_modalities"):
        beta["modalities"] = ["audio", "text"] if "audio" in modalities else modalities
    for path, name in (_SESSION | _SESSION_FORMATS).items():
        if not path.startswith("audio."):
            continue
        _, side, key = path.split(".")
        inner = (session.get("audio") or {}).get(side) or {}
        if key in inner:
            beta[name] = _format_name(inner[key]) if path in _SESSION_FORMATS else inner[key]
    return beta


def nested(beta: Mapping[str, Any]) -> dict[str, Any]:
    """A beta session or response, as GA writes it."""
    names = {name: path for path, name in (_SESSION | _SESSION_FORMATS).items()}
    session: dict[str, Any] = {key: value for key, value in beta.items() if key not in {*names, "modalities"}}
    for name, path in names.items():
        if name in beta:
            known = path in _SESSION_FORMATS and isinstance(beta[name], str)
            value = _FORMATS.get(beta[name], beta[name]) if known else beta[name]
            _put(session, path, value)
    if isinstance(modalities := beta.get("modalities"), list):
        session["output_modalities"] = ["audio"] if "audio" in modalities else modalities
    return session


def _format_name(shape: Any) -> Any:
    return _FORMAT_NAMES.get(shape.get("type"), shape) if isinstance(shape, Mapping) else shape


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value


def _item(item: Any, names: Mapping[str, str]) -> Any:
    """An item with the content types of the other dialect."""
    if not isinstance(item, Mapping) or not isinstance(item.get("content"), list):
        return item
    content = [
        {**part, "type": names.get(str(part.get("type")), part.get("type"))} if isinstance(part, Mapping) else part
        for part in item["content"]
    ]
    return {**item, "content": content}
