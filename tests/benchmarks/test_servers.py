"""The server on scripted engines, as processes."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ovos_voice_agent.benchmarks.processes import listener_of
from ovos_voice_agent.benchmarks.servers import Delays, free_port, server_on_stubs


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


@pytest.mark.real
def test_it_is_ready_and_ends_with_the_block() -> None:
    async def run() -> str:
        async with server_on_stubs(Delays(), "Yes.") as url:
            assert listener_of(url) is not None
            return url

    assert listener_of(asyncio.run(run())) is None
