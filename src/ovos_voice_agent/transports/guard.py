"""Lets requests pass that have a key, and a key pass that has something left.

The routes read from `request.state.credential` who is asking; `needs` demands a scope of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.auth import Authenticator, Credential, Scope
from ovos_voice_agent.transports.front import ANSWER_HEADERS
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.limits import Limiter, headers


class Guard:
    """Stands before all routes but those that tell of the server's state. `clock` gives Unix seconds."""

    def __init__(self, authenticator: Authenticator, limiter: Limiter, clock: Callable[[], float]) -> None:
        self._authenticator = authenticator
        self._limiter = limiter
        self._clock = clock

    async def __call__(self, request: Request) -> None:
        """For long-lived keys. Raises ClientError: 401, 403 for a short-lived key, 429."""
        await self.admit(request)
        if credential_of(request).prepared is not None:
            message = "A client secret opens its session and nothing else; use your API key here."
            raise ClientError(message, code="permission_denied", status=403)

    async def admit(self, request: Request) -> None:
        """For keys of both kinds. Raises ClientError: 401, 429."""
        handshake = Handshake.from_scope(request.scope)
        credential = await self._authenticator.authenticate(
            handshake.headers, handshake.query, address=handshake.address
        )
        request.state.credential = credential
        request.state.limiter = self._limiter
        standings = await self._limiter.request(credential.name)
        told = headers(standings, self._clock()).items()
        request.scope.get(ANSWER_HEADERS, []).extend((name.encode(), value.encode()) for name, value in told)
        self._limiter.demand([standing for standing in standings if standing.rate.resource == "requests"])


def credential_of(request: Request) -> Credential:
    """Who asks, once the guard has let the request pass."""
    credential: Credential = request.state.credential
    return credential


def needs(scope: Scope) -> Any:
    """A dependency of routes: the key must have the scope, and something left of what it is for."""

    async def check(request: Request) -> None:
        credential = credential_of(request)
        credential.check(scope)
        limiter: Limiter = request.state.limiter
        if scope == "chat":
            await limiter.check(credential.name, "tokens")
        elif scope == "audio":
            await limiter.check(credential.name, "audio_ms")

    return Depends(check)
