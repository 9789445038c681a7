"""The whole server as one ASGI application: WebSockets to their endpoints, everything else to the HTTP routes.

It takes off the configured path prefix and Azure's, names every request, and answers what the routes raise by mistake.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.connection import AsgiReceive, Message
from ovos_voice_agent.transports.outbox import AsgiSend
from ovos_voice_agent.transports.refusal import OUR_FAULT, Refusal, answer, refuse_upgrade
from ovos_voice_agent.transports.request_id import REQUEST_ID
from ovos_voice_agent.transports.websocket import Scope

log = logging.getLogger(__name__)

AsgiApp: TypeAlias = Callable[[Scope, AsgiReceive, AsgiSend], Awaitable[None]]

ANSWER_HEADERS = "ovos_voice_agent.answer_headers"
"""Where the scope of a request has a list of headers that go with its answer, whatever it will be."""

API_VERSION = "2020-10-01"
"""What the hosted service calls the version of its API."""

AZURE_PATHS = {"/openai/v1/": "/v1/", "/openai/realtimeapi/sessions": "/v1/realtime/sessions"}
"""How Azure's clients begin the paths of requests (protocol.md 1.7, 2.1). Sockets keep theirs: it is their dialect."""


class Front:
    """`sockets` are WebSocket endpoints by path, `http` gets all requests. `new_id` makes ids from prefixes, `clock`
    gives monotonic seconds."""

    def __init__(
        self,
        sockets: Mapping[str, AsgiApp],
        http: AsgiApp,
        new_id: Callable[[str], str],
        *,
        path_prefix: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sockets = dict(sockets)
        self._http = http
        self._new_id = new_id
        self._prefix = path_prefix
        self._clock = clock

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
        request_id = self._new_id("req")
        named = _NamedAnswer(send, request_id, self._clock)
        scope = {**scope, "path": _without_azure(scope["path"]), ANSWER_HEADERS: named.headers}
        token = REQUEST_ID.set(request_id)
        try:
            await self._http(scope, receive, named)
        except Exception:
            log.exception("a request failed")
            if not named.started:
                await answer(named, Refusal.of(OUR_FAULT))
        finally:
            REQUEST_ID.reset(token)


def _without_azure(path: str) -> str:
    for theirs, ours in AZURE_PATHS.items():
        if path.startswith(theirs):
            return ours + path.removeprefix(theirs)
    return path


class _NamedAnswer:
    """Puts `x-request-id`, the time it took, and what was left in `headers` on an answer."""

    def __init__(self, send: AsgiSend, request_id: str, clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self._began = clock()
        self.started = False
        self.headers: list[tuple[bytes, bytes]] = [
            (b"x-request-id", request_id.encode()),
            (b"openai-version", API_VERSION.encode()),
        ]

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            took = (b"openai-processing-ms", str(round((self._clock() - self._began) * 1000)).encode())
            message = {**message, "headers": [*message.get("headers", ()), *self.headers, took]}
        await self._send(message)


def unknown_url(method: str, path: str) -> ClientError:
    """No such address."""
    return ClientError(f"Invalid URL ({method} {path})", code="unknown_url", status=404)
