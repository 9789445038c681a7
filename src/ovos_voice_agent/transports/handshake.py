"""What a client says when it opens a connection: path, headers, query and sub-protocols, read from an ASGI scope.

Keys travel in all of them but the path: nothing here is ever logged, and `repr` shows the path alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

LONGEST_AGENT = 200
"""Characters; the names of browsers have about 120."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """Header names are in lower case; of a repeated header or parameter the first counts. `secure`: over TLS.
    `address` is the client's, also behind a proxy that is trusted (see docs/tls.md)."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    secure: bool = False
    address: str = ""

    @classmethod
    def from_scope(cls, scope: Mapping[str, Any]) -> Handshake:
        """Of an ASGI scope of type `http` or `websocket`."""
        query = scope.get("query_string", b"").decode("latin-1")
        return cls(
            path=scope["path"],
            headers=_first_of((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
            query=_first_of(parse_qsl(query, keep_blank_values=True)),
            subprotocols=tuple(scope.get("subprotocols") or ()),
            secure=scope.get("scheme") in ("https", "wss"),
            address=(scope.get("client") or ("",))[0],
        )

    @property
    def agent(self) -> str:
        """What the client's program calls itself, in a line at most."""
        return "".join(filter(str.isprintable, self.headers.get("user-agent", "")))[:LONGEST_AGENT]

    @property
    def route(self) -> str:
        """The path without a trailing slash."""
        return self.path.rstrip("/") or "/"


def _first_of(pairs: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def chosen_subprotocol(offered: tuple[str, ...]) -> str | None:
    """The one to answer with (protocol.md 1.6): browsers fail a connection that selects none of those they offered."""
    if "realtime" in offered:
        return "realtime"
    return next((name for name in offered if name and not name.startswith(KEY_SUBPROTOCOL)), None)


KEY_SUBPROTOCOL = "openai-insecure-api-key."
"""How browsers send a key, having no way to set headers. Everything after the dot is the key."""
