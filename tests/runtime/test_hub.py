"""Who is here, who may come, and how all leave."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.core.engine_events import Opened
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.runtime.hub import Hub
from ovos_voice_agent.runtime.runner import SessionRunner
from tests.runtime.scenes import Client, run, session, world


def runner_of(session_id: str, client: Client) -> SessionRunner:
    runner = SessionRunner(session_id, session(), world(), client)
    runner.post(Opened())
    return runner


def test_places_are_limited_and_given_back() -> None:
    async def scene() -> None:
        hub = Hub(max_sessions=2)
        hub.admit("a")
        hub.admit("b")
        with pytest.raises(ClientError) as raised:
            hub.admit("c")
        assert (raised.value.status, raised.value.code) == (429, "rate_limit_exceeded")
        hub.leave("a")
        hub.leave("a")
        hub.admit("c")
        assert len(hub) == 2
        assert list(hub) == []

    run(scene())


def test_sessions_are_found() -> None:
    async def scene() -> None:
        hub = Hub()
        hub.admit("a")
        assert hub.find("a") is None
        runner = runner_of("a", Client())
        hub.enter(runner)
        assert hub.find("a") is runner
        assert list(hub) == [runner]
        await runner.close()
        hub.leave("a")
        assert hub.find("a") is None

    run(scene())


def test_draining_tells_everybody_and_waits() -> None:
    async def scene() -> None:
        hub, client = Hub(), Client()
        hub.admit("a")
        runner = runner_of("a", client)
        hub.enter(runner)
        draining = asyncio.ensure_future(hub.drain(5))
        await asyncio.sleep(0)
        assert client.closed == (1001, "Server is shutting down.")
        with pytest.raises(ClientError) as raised:
            hub.admit("b")
        assert raised.value.status == 503
        assert not draining.done()
        await runner.close()
        hub.leave("a")
        assert await draining == 0

    run(scene())


def test_draining_has_a_deadline() -> None:
    async def scene() -> int:
        hub = Hub()
        hub.admit("a")
        return await hub.drain(0.01)

    assert run(scene()) == 1
    assert run(_drained_empty()) == 0


async def _drained_empty() -> int:
    return await Hub().drain(5)
