"""The whole server as one ASGI application: WebSockets to their endpoints, everything else to the HTTP routes.

It takes off the configured path prefix, names every request, and answers what the routes raise by mistake.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.connection import AsgiReceive, Message
from ovos_voice_agent.transports.outbox import AsgiSend
from ovos_voice_agent.transports.refusal import OUR_FAULT, Refusal, refuse_upgrade
from ovos_voice_agent.transports.websocket import Scope

log = logging.getLogger(__name__)

AsgiApp: TypeAlias = Callable[[Scope, AsgiReceive, AsgiSend], Awaitable[None]]


class Front:
    """`sockets` are WebSocket endpoints by path, `http` gets all requests. `new_id` makes ids from prefixes."""

    def __init__(
        self, sockets: Mapping[str, AsgiApp], http: AsgiApp, new_id: Callable[[str], str], *, path_prefix: str = ""
    ) -> None:
        self._sockets = dict(sockets)
        self._http = http
        self._new_id = new_id
        self._prefix = path_prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope = self._without_prefix(scope)
        if scope["type"] == "websocket":
            endpoint = self._sockets.get(scope["path"].rstrip("/"), self._no_such_socket)
            await endpoint(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    def _without_prefix(self, scope: Scope) -> Scope:
        """A reverse proxy may take the prefix off or leave it on: both work."""
        path = scope["path"]
        if not self._prefix or not path.startswith(f"{self._prefix}/"):
            return scope
        return {**scope, "path": path.removeprefix(self._prefix), "root_path": self._prefix}

    async def _no_such_socket(self, scope: Scope, receive: AsgiReceive, send: AsgiSend) -> None:
        await receive()
        await refuse_upgrade(send, unknown_url("GET", scope["path"]), self._new_id("req"))

    async def _request(self, scope: Scope, receive: AsgiReceive, send: AsgiSend) -> None:
        named = _NamedAnswer(send, self._new_id("req"))
        try:
            await self._http(scope, receive, named)
        except Exception:
            log.exception("a request failed", extra={"request_id": named.request_id})
            if not named.started:
                await _answer(named, Refusal.of(OUR_FAULT))


class _NamedAnswer:
    """Puts `x-request-id` on an answer."""

    def __init__(self, send: AsgiSend, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [*message.get("headers", ()), (b"x-request-id", self.request_id.encode())]
            message = {**message, "headers": headers}
        await self._send(message)


async def _answer(send: AsgiSend, refusal: Refusal) -> None:
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})


def unknown_url(method: str, path: str) -> ClientError:
    """No such address."""
    return ClientError(f"Invalid URL ({method} {path})", code="unknown_url", status=404)
