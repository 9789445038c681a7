"""What an engine says of the server behind it, before and after it was asked."""

from __future__ import annotations

import asyncio

from ovos_voice_agent.engines.http import ServerOptions
from ovos_voice_agent.engines.http_engine import HttpEngine
from ovos_voice_agent.testing.stub_server import StubServer


def engine(base_url: str) -> HttpEngine:
    return HttpEngine(ServerOptions(base_url, "m"), "speech recognition")


def test_it_says_whose_model_it_is_and_whether_the_server_answers() -> None:
    async def scene() -> None:
        async with StubServer() as stub:
            there, away = engine(stub.base_url), engine("http://127.0.0.1:9/v1")
            assert away.quality == "the model m at 127.0.0.1:9"
            for one in (there, away):
                await one.start()
            assert there.quality == f"the model m at {there.server.host}"
            assert away.quality == "the model m at 127.0.0.1:9; it did not answer when this server started"
            for one in (there, away, away):
                await one.close()

    asyncio.run(scene())
