"""A member without a parent. What members do with one is in test_supervising.py."""

from __future__ import annotations

import asyncio
import socket

from ovos_voice_agent.app import member
from ovos_voice_agent.app.crew import CannotStart, Link, Message, Setup
from ovos_voice_agent.config import load


def test_without_a_parent_it_ends() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    assert member.main([str(theirs.detach())]) == 1


def test_it_tells_why_it_cannot_listen() -> None:
    config = load(
        None,
        {},
        {"server.host": "192.0.2.1", "server.port": 8000, "server.store": "memory", "server.api_keys": ["sk-one"]},
    )

    async def run() -> tuple[Message | None, int]:
        ours, theirs = socket.socketpair()
        link = await Link.open(ours)
        link.tell(Setup(config, 0, "/nowhere"))
        code = await asyncio.to_thread(member.main, [str(theirs.detach())])
        heard = await link.hear()
        await link.close()
        return heard, code

    heard, code = asyncio.run(run())
    assert isinstance(heard, CannotStart)
    assert heard.problems[0].startswith("Cannot listen on port 8000 of 192.0.2.1")
    assert code == 1
