"""The name of the request at hand: in its answer, and in every log line while it is worked on."""

from __future__ import annotations

from contextvars import ContextVar

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Empty outside of requests. Tasks that are started for a request or a WebSocket inherit it."""
