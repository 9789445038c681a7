"""Who is asking: finds the key a client presents, and compares it with those of the configuration.

Keys are kept and compared as SHA-256 digests, each comparison taking the same time whatever it finds.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.handshake import KEY_SUBPROTOCOL

_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Credential:
    """Who the client is. `name` is that of its key in the configuration, empty on a server without keys."""

    name: str = ""


class Keys:
    """The long-lived keys of the configuration. Without any, everybody may come in."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """`named` are pairs of a key's name and the key."""
        self._digests = [(name, _digest(key)) for name, key in named]

    @property
    def required(self) -> bool:
        return bool(self._digests)

    def authenticate(
        self, headers: Mapping[str, str], query: Mapping[str, str], subprotocols: Sequence[str] = ()
    ) -> Credential:
        """The owner of the key that was presented. Raises ClientError with status 401."""
        if not self._digests:
            return Credential()
        key = presented_key(headers, query, subprotocols)
        if key is None:
            raise ClientError("You did not provide an API key: send it as 'Authorization: Bearer KEY'.", status=401)
        found = self._owner(_digest(key))
        if found is None:
            raise ClientError("Incorrect API key provided.", code="invalid_api_key", status=401)
        return Credential(found)

    def _owner(self, digest: bytes) -> str | None:
        found = None
        for name, known in self._digests:
            if hmac.compare_digest(known, digest):
                found = name
        return found


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


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
