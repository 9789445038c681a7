"""Errors as HTTP answers of OpenAI's shape (protocol.md 2.2), for requests and for WebSockets that are not opened."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.outbox import AsgiSend

_RETRY_AFTER_S = {429: 5, 503: 2}
"""A session ends or an engine is loaded within seconds, or much later; SDKs ask twice and then tell their user."""

OUR_FAULT = ClientError(
    "The server had an error while processing your request.", type="server_error", code=None, status=500
)


RETRY_LATER_S = 60
"""Clients that retry by themselves wait seconds, not hours: above this they are told not to."""


class TooManyError(ClientError):
    """A limit of the client's key or of the server was reached. `retry_after_s`: when it makes sense to try again."""

    def __init__(self, message: str, *, type: str = "requests", retry_after_s: int = _RETRY_AFTER_S[429]) -> None:
        super().__init__(message, code="rate_limit_exceeded", type=type, status=429)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer: status, headers and a JSON body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, error: ClientError) -> Refusal:
        """The answer to what the client did wrong, or to what cannot be done for it now."""
        headers = {"content-type": "application/json"}
        if error.status in _RETRY_AFTER_S:
            retry_after_s = getattr(error, "retry_after_s", _RETRY_AFTER_S[error.status])
            headers["retry-after"] = str(retry_after_s)
            headers |= {"x-should-retry": "false"} if retry_after_s > RETRY_LATER_S else {}
        elif error.status == 409:
            headers["x-should-retry"] = "false"
        details = {"message": error.message, "type": error.type, "param": error.param, "code": error.code}
        return cls(error.status, headers, msgspec.json.encode({"error": details}))


async def answer(send: AsgiSend, refusal: Refusal) -> None:
    """Send it as the answer to an HTTP request."""
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})


async def refuse_upgrade(send: AsgiSend, error: ClientError, request_id: str) -> None:
    """Answer a WebSocket's handshake with an error. `send` must know the extension `websocket.http.response`."""
    refusal = Refusal.of(error)
    headers = {**refusal.headers, "x-request-id": request_id}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": encoded})
    await send({"type": "websocket.http.response.body", "body": refusal.body})
