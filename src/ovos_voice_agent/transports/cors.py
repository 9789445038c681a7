"""What web pages of other origins get: nothing, or, where they are allowed, the answers and the headers they need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.connection import AsgiReceive, Message
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.origins import Origins
from ovos_voice_agent.transports.outbox import AsgiSend
from ovos_voice_agent.transports.refusal import Refusal, answer
from ovos_voice_agent.transports.websocket import Scope

EXPOSED = (
    "Location, X-Request-Id, Retry-After, OpenAI-Processing-Ms, OpenAI-Version, "
    "X-RateLimit-Limit-Requests, X-RateLimit-Remaining-Requests, X-RateLimit-Reset-Requests, "
    "X-RateLimit-Limit-Tokens, X-RateLimit-Remaining-Tokens, X-RateLimit-Reset-Tokens"
)
"""Headers of answers that a page may read; without `Location` it could not learn the id of its call."""
METHODS = "GET, POST, PATCH, DELETE"
HEADERS = "Authorization, Content-Type, Api-Key"
"""What a page may send when it does not say; when it says, it may send what it says."""
PREFLIGHT_AGE_S = 600


class Pages:
    """Judges every request by the page that it comes from, before `inner` sees it."""

    def __init__(self, origins: Origins, inner: Callable[[Scope, AsgiReceive, AsgiSend], Awaitable[None]]) -> None:
        self._origins = origins
        self._inner = inner

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: AsgiSend) -> None:
        handshake = Handshake.from_scope(scope)
        try:
            self._origins.check(handshake)
        except ClientError as error:
            await answer(send, Refusal.of(error))
            return
        origin = handshake.headers.get("origin")
        if origin is None:
            await self._inner(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in handshake.headers:
            await answer(send, _preflight(origin, handshake))
        else:
            await self._inner(
                scope, receive, _with(send, {**_allowed(origin), "access-control-expose-headers": EXPOSED})
            )


def _allowed(origin: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin, "vary": "Origin"}


def _preflight(origin: str, handshake: Handshake) -> Refusal:
    headers = {
        **_allowed(origin),
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": handshake.headers.get("access-control-request-headers") or HEADERS,
        "access-control-max-age": str(PREFLIGHT_AGE_S),
    }
    return Refusal(204, headers, b"")


def _with(send: AsgiSend, headers: dict[str, str]) -> AsgiSend:
    more = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return with_headers
