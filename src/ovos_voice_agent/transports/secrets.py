"""Short-lived keys: `ek_` and a signed token with id and expiry, nothing else.

What the key opens lies in the store under that id. Any process that shares the store honours the key, and what it opens
can be changed or revoked after the key was given away.
"""

from __future__ import annotations

from collections.abc import Callable

import jwt

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.stores.interface import PreparedSession, Store

PREFIX = "ek_"
_ALGORITHM = "HS256"
_AUDIENCE = "realtime"


class Secrets:
    """Makes and redeems them. `clock` gives Unix seconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._signing_key: bytes | None = None

    async def mint(self, session: PreparedSession) -> str:
        """Keep a prepared session, and return the key that opens it until it expires."""
        claims = {"jti": session.id, "exp": int(session.expires_at), "aud": _AUDIENCE}
        await self._store.keep(session)
        return PREFIX + jwt.encode(claims, await self._key(), _ALGORITHM, headers={"typ": None})

    async def opened_by(self, secret: str) -> str | None:
        """The id in a key, expired or not; None when we did not sign it."""
        options = {"verify_exp": False, "require": ["jti", "exp", "aud"]}  # redeeming says more about what is too old
        try:
            claims = jwt.decode(
                secret.removeprefix(PREFIX),
                await self._key(),
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                options=options,  # type: ignore[arg-type]
            )
        except jwt.InvalidTokenError:
            return None
        return str(claims["jti"])

    async def redeem(self, session_id: str) -> PreparedSession:
        """What the key of that id opens. Raises ClientError with status 401 when it opens nothing any more."""
        session = await self._store.prepared(session_id)
        if session is None:
            raise ClientError("This client secret was revoked.", code="invalid_api_key", status=401)
        if self._clock() >= session.expires_at:
            raise ClientError("This client secret has expired.", code="token_expired", status=401)
        return session

    async def _key(self) -> bytes:
        if self._signing_key is None:
            self._signing_key = await self._store.signing_key()
        return self._signing_key
