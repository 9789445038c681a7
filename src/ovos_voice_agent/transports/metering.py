"""Writes down what a request took, on the account of the key that asked; and who may ask at all."""

from __future__ import annotations

from fastapi import Request

from ovos_voice_agent.transports.guard import credential_of


class Meter:
    """Of one request."""

    def __init__(self, request: Request) -> None:
        self._limiter = getattr(request.state, "limiter", None)
        self._owner = credential_of(request).name

    async def took(self, *, tokens: int = 0, audio_ms: int = 0) -> None:
        """Text or audio was taken or made. The next request is refused where that was too much."""
        if self._limiter is None:
            return
        account = await self._limiter.account(self._owner)
        if account is not None:
            account.spend(tokens)
            account.heard(audio_ms)
            account.settle()
