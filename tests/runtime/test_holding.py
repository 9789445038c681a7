"""How far a guessed reply is made."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.core.engine_events import ReplyAudio, ReplyText, StageReached
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.protocol.objects import ResponseId
from ovos_voice_agent.runtime.holding import AHEAD_CHARACTERS, AHEAD_MS, Holding
from tests.runtime.scenes import PCM_24K, Client, run

ID = ResponseId("resp_1")
ENOUGH = [ReplyAudio(ID, bytes(48 * AHEAD_MS)), ReplyText(ID, "x" * AHEAD_CHARACTERS)]


def test_up_to_its_first_sounds_it_waits_for_nobody() -> None:
    async def scene() -> None:
        client = Client()
        client.block()
        holding = Holding(client.writable, PCM_24K)
        for report in (ReplyAudio(ID, bytes(48 * (AHEAD_MS - 1))), ReplyText(ID, "x"), StageReached(ID, "x")):
            holding.count(report)
        await holding.writable()

    run(scene())


@pytest.mark.parametrize("report", ENOUGH, ids=["audio", "text"])
def test_then_it_waits_until_it_is_wanted(report: Input) -> None:
    async def scene() -> None:
        holding = Holding(Client().writable, PCM_24K)
        holding.count(report)
        waiting = asyncio.ensure_future(holding.writable())
        await asyncio.sleep(0)
        assert not waiting.done()
        holding.release()
        await waiting
        await holding.writable()

    run(scene())


def test_once_it_is_wanted_it_waits_for_the_client() -> None:
    async def scene() -> None:
        client = Client()
        client.block()
        holding = Holding(client.writable, PCM_24K)
        holding.release()
        waiting = asyncio.ensure_future(holding.writable())
        await asyncio.sleep(0)
        assert not waiting.done()
        client.unblock()
        await waiting

    run(scene())
