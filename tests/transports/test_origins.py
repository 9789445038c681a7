"""Which web pages may connect."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.origins import Origins


def enters(origins: Origins, origin: str | None, host: str = "127.0.0.1:8000", *, secure: bool = False) -> bool:
    headers = {"host": host} | ({"origin": origin} if origin is not None else {})
    try:
        origins.check(Handshake("/v1/realtime", headers, secure=secure))
    except ClientError as error:
        return (error.status, error.code) != (403, "permission_denied")
    return True


OPEN = Origins([], keyed=False, host="127.0.0.1")
KEYED = Origins([], keyed=True, host="0.0.0.0")
LISTED = Origins(["https://app.example.org/", "http://LAN:3000"], keyed=True, host="0.0.0.0")


def test_what_is_no_browser_is_not_asked() -> None:
    assert all(enters(origins, None) for origins in (OPEN, KEYED, LISTED))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://LocalHost:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://192.168.1.5", "192.168.1.5"),
        ("https://kitchen.local", "kitchen.local"),
    ],
)
def test_without_keys_the_servers_own_page_comes_in(origin: str, host: str) -> None:
    assert enters(OPEN, origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "127.0.0.1:8000"),
        ("http://127.0.0.1:9000", "127.0.0.1:8000"),
        ("http://127.0.0.1", "127.0.0.1:8000"),
        ("http://evil.example:8000", "evil.example:8000"),  # its name was pointed at this machine
        ("null", "127.0.0.1:8000"),
        ("", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000", ""),
        ("http://localhost.evil.example:8000", "localhost.evil.example:8000"),
    ],
)
def test_without_keys_no_other_page_comes_in(origin: str, host: str) -> None:
    assert not enters(OPEN, origin, host)


def test_the_name_that_was_configured_is_our_own() -> None:
    named = Origins([], keyed=False, host="voice.example.org")
    assert enters(named, "https://voice.example.org", "voice.example.org", secure=True)


def test_with_keys_any_page_may_try_unless_some_are_listed() -> None:
    assert enters(KEYED, "https://anywhere.example")
    assert enters(LISTED, "https://app.example.org")
    assert enters(LISTED, "http://lan:3000")
    assert not enters(LISTED, "https://anywhere.example")
    assert enters(LISTED, "https://voice.example.org", "voice.example.org")  # its own pages, wherever it is


def test_a_star_is_everybody() -> None:
    assert enters(Origins(["*"], keyed=False, host="127.0.0.1"), "null")


@pytest.mark.parametrize("host", ["[", "a:b:c", "[::1", "x" * 5000])
def test_a_strange_host_is_refused_not_a_fault(host: str) -> None:
    assert not enters(OPEN, "http://[::1]:8000", host)
    assert not enters(OPEN, f"http://{host}", "127.0.0.1:8000")


def called(origins: Origins, host: str) -> bool:
    return enters(origins, None, host)


def test_without_keys_the_server_is_called_by_a_name_of_its_own() -> None:
    """A page whose name was pointed at this machine sends no Origin when it reads."""
    for host in ("127.0.0.1:8000", "localhost", "[::1]:8000", "voicebox:8000", "kitchen.local", "voice.home.arpa"):
        assert called(OPEN, host), host
    for host in ("evil.example:8000", "127.0.0.1.evil.example", "["):
        assert not called(OPEN, host), host


def test_other_names_are_allowed_by_the_configuration_or_by_keys() -> None:
    assert called(Origins(["https://voice.example.org"], keyed=False, host="127.0.0.1"), "voice.example.org")
    assert called(Origins([], keyed=False, host="voice.example.org"), "voice.example.org")
    assert called(Origins(["*"], keyed=False, host="127.0.0.1"), "voice.example.org")
    assert called(KEYED, "voice.example.org")


def test_a_client_that_calls_no_name_is_no_browser() -> None:
    OPEN.check(Handshake("/v1/models", {}))
