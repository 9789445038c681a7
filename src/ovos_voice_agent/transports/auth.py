"""Who is asking: finds the key a client presents, and what it opens.

Long-lived keys are kept and compared as SHA-256 digests, each comparison taking the same time whatever it finds. What
begins with `ek_` is a short-lived key, see `secrets.py`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal, TypeAlias, get_args

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.stores.interface import PreparedSession
from ovos_voice_agent.transports.handshake import KEY_SUBPROTOCOL
from ovos_voice_agent.transports.secrets import PREFIX, Secrets

_BEARER = "bearer "

IPV6_SITE_BITS = 64
"""What one household or machine is given at least."""

Scope: TypeAlias = Literal["realtime", "audio", "chat", "admin"]
"""What keys may be allowed: sessions, speech and transcription, chat, and to see and change what belongs to others."""

ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


@dataclass(frozen=True, slots=True)
class Credential:
    """Who the client is. `name` is that of its key in the configuration; on a server without keys `@` and where the
    client is, for each place has limits of its own.

    `prepared` is the session that a short-lived key opens; it opens nothing else, and `name` is that of its owner.
    """

    name: str = ""
    scopes: frozenset[Scope] = ALL_SCOPES
    prepared: PreparedSession | None = None

    def check(self, scope: Scope) -> None:
        """Raises ClientError with status 403 when the key may not do that."""
        if scope not in self.scopes:
            message = f"Your key may not do this: it needs the scope '{scope}'."
            raise ClientError(message, code="permission_denied", status=403)


@dataclass(frozen=True, slots=True)
class Key:
    """A long-lived key as it is kept. `digest` are the 32 bytes of its SHA-256."""

    name: str
    digest: bytes
    scopes: frozenset[Scope] = ALL_SCOPES

    @classmethod
    def of(cls, name: str, key: str) -> Key:
        return cls(name, digest_of(key))


class Keys:
    """The long-lived keys of the configuration. Without any, everybody may come in."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = tuple(keys)

    @property
    def required(self) -> bool:
        return bool(self._keys)

    def authenticate(self, key: str | None, address: str = "") -> Credential:
        """The owner of a key, presented from this address. Raises ClientError with status 401."""
        if not self._keys:
            return Credential(f"@{place_of(address)}" if address else "")
        if key is None:
            raise ClientError("You did not provide an API key: send it as 'Authorization: Bearer KEY'.", status=401)
        found = self._known(digest_of(key))
        if found is None:
            raise ClientError("Incorrect API key provided.", code="invalid_api_key", status=401)
        return Credential(found.name, found.scopes)

    def _known(self, digest: bytes) -> Key | None:
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found


class Authenticator:
    """Judges keys of both kinds."""

    def __init__(self, keys: Keys, secrets: Secrets) -> None:
        self._keys = keys
        self._secrets = secrets

    async def authenticate(
        self, headers: Mapping[str, str], query: Mapping[str, str], subprotocols: Sequence[str] = (), address: str = ""
    ) -> Credential:
        """The owner of the key that was presented from an address. Raises ClientError with status 401."""
        key = presented_key(headers, query, subprotocols)
        if key is not None and key.startswith(PREFIX):
            session_id = await self._secrets.opened_by(key)
            if session_id is not None:
                prepared = await self._secrets.redeem(session_id)
                return Credential(prepared.owner, frozenset({"realtime"}), prepared)
        return self._keys.authenticate(key, address)


def presented_key(headers: Mapping[str, str], query: Mapping[str, str], subprotocols: Sequence[str]) -> str | None:
    """The first key among the places where clients put it (protocol.md 1.5), or None."""
    places = (
        _bearer(headers.get("authorization")),
        headers.get("api-key"),
        next((name.removeprefix(KEY_SUBPROTOCOL) for name in subprotocols if name.startswith(KEY_SUBPROTOCOL)), None),
        _bearer(query.get("Authorization")),
        query.get("api-key"),
    )
    return next((key for key in places if key), None)


def _bearer(value: str | None) -> str | None:
    if value is None or not value.lower().startswith(_BEARER):
        return None
    return value[len(_BEARER) :].strip()


def place_of(address: str) -> str:
    """Whose address it is: of IPv6 the network, for every client has more addresses than anybody can count."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    if mapped is not None or isinstance(known, IPv4Address):
        return str(mapped or known)
    return str(IPv6Network((int(known), IPV6_SITE_BITS), strict=False))


def digest_of(key: str) -> bytes:
    """What is kept of a key."""
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
