"""What processes that serve together say to each other."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from pathlib import Path

import pytest

from ovos_voice_agent.app.crew import CannotStart, IsReady, Link, Message, Peers, Setup, Whole
from ovos_voice_agent.app.engines import Started
from ovos_voice_agent.config import load
from ovos_voice_agent.engines.interface import EngineInfo

INFO = EngineInfo(kind="stt", name="ears", quality="good", languages=("en", "de"))
CONFIG = load(None, {}, {"server.api_keys": ["sk-one"], "engines.stt.name": "pocketsphinx", "engines.stt.workers": 4})


@pytest.mark.parametrize(
    "message",
    [
        Setup(CONFIG, 1, "/run/x", late=True),
        Whole(True),
        IsReady([Started("stt", INFO, 0.5)]),
        CannotStart(["engines.stt: no"]),
    ],
)
def test_what_is_told_is_heard_as_it_was(message: Message) -> None:
    async def run() -> tuple[Message | None, Message | None]:
        one, other = map(Link.open, socket.socketpair())
        parent, member = await one, await other
        parent.tell(message)
        heard = await member.hear()
        await parent.close()
        gone = await member.hear()
        await member.close()
        member.tell(message)  # nobody is there, and that is no error
        return heard, gone

    assert asyncio.run(run()) == (message, None)


def test_metrics_of_all_who_are_there_are_heard(tmp_path: Path) -> None:
    async def run() -> tuple[list[bytes], list[bytes]]:
        peers = [Peers(tmp_path, number, partial(str.encode, str(number))) for number in range(3)]
        for peer in peers:
            await peer.start()
        (tmp_path / "9.sock").touch()  # of one that died
        all_of_them = await peers[1].texts()
        await peers[2].close()
        rest = await peers[1].texts()
        for peer in peers[:2]:
            await peer.close()
        return all_of_them, rest

    assert asyncio.run(run()) == ([b"1", b"0", b"2"], [b"1", b"0"])
