"""What tests of engines share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.config import load


@pytest.fixture(scope="package")
def served() -> Iterator[str]:
    """The address of this server itself, with what is in the box, in a thread of its own: contracts run loops too."""
    loop, ready, address = asyncio.new_event_loop(), threading.Event(), list[str]()
    done = asyncio.Event()

    async def serve() -> None:
        async with running(load()) as server:
            address.append(server.url)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(60)
    yield address[0]
    loop.call_soon_threadsafe(done.set)
    thread.join()
    loop.close()
