"""`/v1/realtime` as a WebSocket: who may come in, for what session, and its connection from first frame to last.

A plain ASGI application: a frame costs a few microseconds, and a framework in between would cost more than that.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ovos_voice_agent.core.engine_events import Opened
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.transports.auth import Authenticator, Credential
from ovos_voice_agent.transports.connection import AsgiReceive, Connection, ConnectionLimits, Runner
from ovos_voice_agent.transports.dialect import PREVIEW, DialectName, Dialects, choose, preview_is_off
from ovos_voice_agent.transports.handshake import Handshake, chosen_subprotocol
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.limits import Limiter
from ovos_voice_agent.transports.opening import Opening, opening_of
from ovos_voice_agent.transports.origins import Origins
from ovos_voice_agent.transports.outbox import AsgiSend, Outbox
from ovos_voice_agent.transports.refusal import OUR_FAULT, refuse_upgrade
from ovos_voice_agent.transports.request_id import REQUEST_ID

log = logging.getLogger(__name__)

PATHS = frozenset({"/v1/realtime", "/realtime", "/openai/v1/realtime", "/openai/realtime"})
"""Where sessions are opened; a trailing slash is allowed, and so is the configured prefix (see `front.py`)."""

WIRE_EXTENSION = "ovos_voice_agent.wire"
"""Where `server.py` puts the socket under the WebSocket into the scope."""

Scope = MutableMapping[str, Any]


class ClosableRunner(Runner, Protocol):
    """A session's runner, which this end of the connection owns."""

    async def close(self) -> None:
        """End the session and all that works for it. Safe to call twice."""


OpenSession = Callable[[Opening, Outbox], Awaitable[ClosableRunner]]
"""Admits and builds a session. Raises ClientError (429 when there are too many)."""


@dataclass(frozen=True, slots=True)
class Door:
    """All that decides who comes in, and for what. `catalogue` is asked once the server is ready."""

    lifecycle: Lifecycle
    origins: Origins
    authenticator: Authenticator
    limiter: Limiter
    catalogue: Callable[[], Catalogue]
    default_dialect: DialectName = "ga"
    preview: bool = True
    """Whether clients of the preview are served."""

    async def admit(self, handshake: Handshake) -> Opening:
        """The session that is asked for. Raises ClientError with the status of the refusal."""
        self.origins.check(handshake)
        authenticate = self.authenticator.authenticate
        credential = await authenticate(handshake.headers, handshake.query, handshake.subprotocols, handshake.address)
        credential.check("realtime")
        self.limiter.demand(await self.limiter.request(credential.name))
        self.lifecycle.check()
        opening = opening_of(handshake, self.catalogue(), self._dialect(handshake, credential), credential)
        opening = replace(opening, address=handshake.address, agent=handshake.agent)
        await self.limiter.session(credential.name)
        return opening

    def _dialect(self, handshake: Handshake, credential: Credential) -> DialectName:
        """Where nothing else tells, a key from a preview endpoint does (protocol.md 1.2)."""
        preview = credential.prepared is not None and credential.prepared.preview
        dialect = choose(handshake, "beta" if preview else self.default_dialect)
        if dialect in PREVIEW and not self.preview:
            raise preview_is_off()
        return dialect


class RealtimeSocket:
    """The endpoint. `new_id` makes ids from prefixes, `clock` gives monotonic seconds."""

    def __init__(
        self,
        door: Door,
        open_session: OpenSession,
        decoder: ClientEventDecoder,
        limits: ConnectionLimits,
        new_id: Callable[[str], str],
        clock: Callable[[], float],
    ) -> None:
        self._door = door
        self._open_session = open_session
        self._dialects = Dialects(decoder)
        self._limits = limits
        self._new_id = new_id
        self._clock = clock

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: AsgiSend) -> None:
        await receive()  # websocket.connect
        request_id = self._new_id("req")
        REQUEST_ID.set(request_id)  # the task of a WebSocket is its own: nothing else has this context
        handshake = Handshake.from_scope(scope)
        try:
            connection, runner = await self._opened(handshake, scope)
        except ClientError as error:
            await refuse_upgrade(send, error, request_id)
            return
        except Exception:
            log.exception("a session could not be opened")
            await refuse_upgrade(send, OUR_FAULT, request_id)
            return
        try:
            await send(_acceptance(handshake, request_id))
            runner.post(Opened())
            await self._run(connection, receive, send)
        except OSError:
            log.debug("the client left before its session began")
        finally:
            await runner.close()

    async def _opened(self, handshake: Handshake, scope: Scope) -> tuple[Connection, ClosableRunner]:
        opening = await self._door.admit(handshake)
        voice = opening.prepared.chosen_voice if opening.prepared is not None else None
        dialect = self._dialects.codec(opening.dialect, voice)
        outbox = Outbox(dialect.encode)
        runner = await self._open_session(opening, outbox)
        wire = scope["extensions"][WIRE_EXTENSION]
        return Connection(runner, dialect, outbox, wire, self._limits, self._clock), runner

    async def _run(self, connection: Connection, receive: AsgiReceive, send: AsgiSend) -> None:
        try:
            await connection.run(receive, send)
        except Exception:
            log.exception("a connection failed")
            with contextlib.suppress(OSError, RuntimeError):  # it may be closed already
                await send({"type": "websocket.close", "code": 1011, "reason": "Internal error."})


def _acceptance(handshake: Handshake, request_id: str) -> dict[str, Any]:
    headers = [(b"x-request-id", request_id.encode())]
    return {
        "type": "websocket.accept",
        "subprotocol": chosen_subprotocol(handshake.subprotocols),
        "headers": headers,
    }
