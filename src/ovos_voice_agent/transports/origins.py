"""Which web pages may connect. What sends no `Origin` is no browser, and is judged by its key alone.

A server without keys is open to whoever reaches it; that must not be every page that its owner happens to visit. So
there a page must come from the server itself, under a name that no stranger can point at this machine (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.handshake import Handshake

_SCHEMES = {False: "http", True: "https"}
_OWN_NAMES = (".localhost", ".local")
"""Names that only this machine or its own network answers for."""


class Origins:
    """`allowed` are origins as browsers send them (`https://example.org`), `*` is all.

    `keyed`: the server has keys. `host` is the name or address it was told to listen on.
    """

    def __init__(self, allowed: Iterable[str], *, keyed: bool, host: str) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)
        self._keyed = keyed
        self._host = host.strip("[]").lower()

    def check(self, handshake: Handshake) -> None:
        """Raises ClientError with status 403 when the request comes from a page that may not connect."""
        origin = handshake.headers.get("origin")
        if origin is None or self._may_enter(origin.lower(), handshake):
            return
        message = "Web pages of this origin may not connect; the server's setting for it is server.allowed_origins."
        raise ClientError(message, code="permission_denied", status=403)

    def _may_enter(self, origin: str, handshake: Handshake) -> bool:
        if "*" in self._allowed or origin in self._allowed:
            return True
        if self._keyed and not self._allowed:
            return True
        return self._is_our_own(origin, handshake)

    def _is_our_own(self, origin: str, handshake: Handshake) -> bool:
        page = _name_and_port(origin)
        server = _name_and_port(f"{_SCHEMES[handshake.secure]}://{handshake.headers.get('host', '').lower()}")
        return page is not None and page == server and (self._keyed or self._is_own_name(page[0]))

    def _is_own_name(self, name: str) -> bool:
        if name in (self._host, "localhost") or name.endswith(_OWN_NAMES):
            return True
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return False


def _name_and_port(origin: str) -> tuple[str, int | None] | None:
    """None for what is no address. A default port is never written; a proxy may change the scheme, not the name."""
    try:
        parts = urlsplit(origin)
        return (parts.hostname, parts.port) if parts.hostname else None
    except ValueError:
        return None
