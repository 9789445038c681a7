"""A server with TLS, and one behind a reverse proxy, as clients meet them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.transports.tls import default_folder
from tests.end_to_end.talking import LIMIT_S, Fakes, configured

pytestmark = pytest.mark.real


def play(script: Callable[[Running], Awaitable[None]], **server: Any) -> None:
    async def run() -> None:
        async with running(configured(**server), Fakes().by_stage) as started:
            await script(started)

    asyncio.run(asyncio.wait_for(run(), LIMIT_S))


async def greeted(url: str, **more: Any) -> None:
    """Open a session and read its first event."""
    async with connect(f"{url.replace('http', 'ws', 1)}/realtime", **more) as socket:
        assert '"session.created"' in str(await socket.recv())


def test_clients_that_trust_the_certificate_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    async def script(server: Running) -> None:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(default_folder() / "certificate.pem"))
        await greeted(server.url, ssl=trusting)
        with pytest.raises(ssl.SSLCertVerificationError):
            await greeted(server.url)

    play(script, tls_self_signed=True)
    kept = default_folder() / "certificate.pem"
    play(script, tls_cert=str(kept), tls_key=str(kept.with_name("key.pem")))


def test_a_given_certificate_that_is_missing_is_told_before_anything_listens(tmp_path: Path) -> None:
    async def never(server: Running) -> None:
        raise AssertionError

    with pytest.raises(ConfigError, match=r"there is no file .*c\.pem"):
        play(never, tls_cert=str(tmp_path / "c.pem"), tls_key=str(tmp_path / "k.pem"))


@pytest.mark.parametrize("below", ["/voice", ""])
def test_a_proxy_may_leave_the_prefix_on_or_take_it_off(below: str) -> None:
    async def script(server: Running) -> None:
        line = {"host": "127.0.0.1", "port": server.listener.port}
        told = {"Origin": "https://example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
        await greeted(f"http://example.org{below}/v1", additional_headers=told, **line)

    play(script, path_prefix="/voice", allowed_origins=("https://example.org",))
