"""Whose machine a host is, as far as its name or address tells."""

from __future__ import annotations

from ipaddress import ip_address

_PRIVATE_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
"""Domains that are never public: RFC 6762, 8375, 6761, the one reserved by ICANN, and what home routers use."""


def is_private(host: str) -> bool:
    """Whether a host is this machine or in a private network. Names without a dot are of one's own network."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        name = host.lower().rstrip(".")
        return bool(name) and ("." not in name or name.endswith(_PRIVATE_NAMES))
    return address.is_private or address.is_loopback
