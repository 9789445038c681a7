"""The stub does what its script says, to any client."""

from __future__ import annotations

import asyncio

import aiohttp

from ovos_voice_agent.testing.stub_chat import ChatScript
from ovos_voice_agent.testing.stub_server import StubServer, TtsScript, tone


def test_it_answers_and_records() -> None:
    async def main() -> None:
        async with StubServer() as stub, aiohttp.ClientSession() as client:
            stub.tts.append(TtsScript(ms_per_char=10))
            async with client.post(f"{stub.base_url}/audio/speech", json={"input": "abc"}) as response:
                assert await response.read() == tone(30)
            stub.chat.append(ChatScript(status=418, body="tea"))
            async with client.post(f"{stub.base_url}/chat/completions", json={"model": "m"}) as response:
                assert (response.status, await response.text()) == (418, "tea")
            assert [request.path for request in stub.requests] == ["/v1/audio/speech", "/v1/chat/completions"]
            assert not any(request.closed_early for request in stub.requests)

    asyncio.run(main())
