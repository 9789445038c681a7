"""Stores, keys and quotas from the configuration."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from msgspec import structs

from ovos_voice_agent import config as c
from ovos_voice_agent.app.access import Access, default_path, open_store, quota_of
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.stores.interface import Rate
from ovos_voice_agent.transports.auth import digest_of


def server(**more: object) -> c.ServerConfig:
    return structs.replace(c.ServerConfig(store="memory"), **more)


def test_keys_are_known_by_text_or_hash_with_scopes_and_limits() -> None:
    hashed = c.ApiKey("car", hash=f"sha256:{digest_of('sk-two').hex()}", scopes=("audio",))
    limited = c.ApiKey("kitchen", "sk-one", limits=c.Quota(sessions=2))
    config = structs.replace(c.load(None, {}), server=server(api_keys=(hashed, limited)), limits=c.Quota(sessions=9))
    access = Access(config)

    async def script() -> None:
        found = await access.authenticator.authenticate({"api-key": "sk-two"}, {})
        assert (found.name, found.scopes) == ("car", {"audio"})
        assert (await access.authenticator.authenticate({"api-key": "sk-one"}, {})).name == "kitchen"
        assert [access.limiter.quota(name).live_sessions for name in ("car", "kitchen")] == [9, 2]
        await access.store.close()

    asyncio.run(script())


def test_quotas_are_counted_in_units_of_their_own() -> None:
    quota = quota_of(c.Quota(requests="100/minute", new_sessions="5/hour", audio_minutes="2/day", sessions=3))
    assert (quota.requests, quota.sessions) == (Rate("requests", 100, "minute"), Rate("sessions", 5, "hour"))
    assert (quota.audio_ms, quota.tokens, quota.live_sessions) == (Rate("audio_ms", 120_000, "day"), None, 3)


def test_the_store_is_a_file_of_the_user_for_each_port(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    open_store(server(store="", port=9000), environ)
    assert (tmp_path / "ovos-voice-agent" / "port-9000.sqlite3").is_file()
    assert default_path(1, {"HOME": "/home/ann"}) == Path("/home/ann/.local/state/ovos-voice-agent/port-1.sqlite3")


def test_without_a_usable_home_the_store_is_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with caplog.at_level(logging.WARNING):
        open_store(server(store=""), {"XDG_STATE_HOME": str(blocked)})
    assert "in memory" in caplog.text


@pytest.mark.parametrize("content", [None, b"this is no database, and longer than a header of one" * 100])
def test_a_configured_store_that_cannot_be_used_is_a_mistake(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file" / "store" if content is None else tmp_path / "store"
    (tmp_path / "file").write_text("")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        open_store(server(store=str(path)), {})
    assert refused.value.problems[0].startswith(f"server.store: {path} cannot be used")
