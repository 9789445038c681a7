"""What servers send piece by piece: lines of server-sent events, and JSON objects that may be errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ovos_voice_agent.errors import EngineError


class SseLines:
    """Bytes of a server-sent event stream -> payloads of its `data` lines, however the bytes are cut."""

    def __init__(self) -> None:
        self._rest = b""

    def push(self, data: bytes) -> list[bytes]:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        return [payload for line in lines if (payload := _payload(line))]

    def finish(self) -> list[bytes]:
        """The last line, when the server closed without ending it."""
        payload, self._rest = _payload(self._rest), b""
        return [payload] if payload else []


def _payload(line: bytes) -> bytes:
    """What stands behind `data:`; empty for comments, blank lines and other fields."""
    return line[5:].strip() if line.startswith(b"data:") else b""


def decode_object(data: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, dict) else None


def stream_error(payload: Mapping[str, Any], stage: str) -> EngineError:
    """The error for an `error` object that came inside a 200 answer."""
    text = str(payload)
    if "context" in text and "length" in text:
        return EngineError(f"The conversation is too long for the {stage} server.", code="context_length_exceeded")
    if "rate_limit" in text:
        return EngineError(f"The {stage} server limits the rate of requests.", code="rate_limit_exceeded")
    return EngineError(f"The {stage} server reported an error in the middle of its answer.")
