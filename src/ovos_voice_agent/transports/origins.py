"""Which web pages may connect. What sends no `Origin` is no browser, and is judged by its key alone.

A server without keys is open to whoever reaches it; that must not be every page that its owner happens to visit. So
there a page must come from the server itself, and the server must be called by a name that no stranger can point at
this machine (DNS rebinding: then a page needs no `Origin` to read from it).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.handshake import Handshake

_SCHEMES = {False: "http", True: "https"}
_OWN_NAMES = (".localhost", ".local", ".lan", ".internal", ".home.arpa")
"""Names that only this machine or its own network answers for; so are all names without a dot."""


class Origins:
    """`allowed` are origins as browsers send them (`https://example.org`), `*` is all.

    `keyed`: the server has keys. `host` is the name or address it was told to listen on.
    """

    def __init__(self, allowed: Iterable[str], *, keyed: bool, host: str) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed)
        self._allowed_names = {page[0] for page in map(_name_and_port, self._allowed) if page is not None}
        self._keyed = keyed
        self._host = host.strip("[]").lower()

    def check(self, handshake: Handshake) -> None:
        """Raises ClientError with status 403 when the request comes from a page that may not connect."""
        if not self.allows(handshake):
            message = "Web pages of this origin may not connect; the server's setting for it is server.allowed_origins."
            raise ClientError(message, code="permission_denied", status=403)
        if not self._is_called_right(handshake):
            message = (
                "This server has no keys and was called by a name that is not its own; use its address, "
                "or allow the name: the setting for it is server.allowed_origins."
            )
            raise ClientError(message, code="permission_denied", status=403)

    def allows(self, handshake: Handshake) -> bool:
        """Whether the page may connect; what names no origin is no page."""
        origin = handshake.headers.get("origin", "").lower()
        if "origin" not in handshake.headers or "*" in self._allowed or origin in self._allowed:
            return True
        if self._keyed and not self._allowed:
            return True
        page = _name_and_port(origin)
        return page is not None and page == _called(handshake) and (self._keyed or self._is_own_name(page[0]))

    def _is_called_right(self, handshake: Handshake) -> bool:
        if self._keyed or "*" in self._allowed or "host" not in handshake.headers:
            return True
        called = _called(handshake)
        return called is not None and (called[0] in self._allowed_names or self._is_own_name(called[0]))

    def _is_own_name(self, name: str) -> bool:
        if name == self._host or "." not in name or name.endswith(_OWN_NAMES):
            return True
        return _is_address(name)


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def _called(handshake: Handshake) -> tuple[str, int | None] | None:
    """The name and port by which the client called this server."""
    return _name_and_port(f"{_SCHEMES[handshake.secure]}://{handshake.headers.get('host', '').lower()}")


def _name_and_port(origin: str) -> tuple[str, int | None] | None:
    """None for what is no address. A default port is never written; a proxy may change the scheme, not the name."""
    try:
        parts = urlsplit(origin)
        return (parts.hostname, parts.port) if parts.hostname else None
    except ValueError:
        return None
