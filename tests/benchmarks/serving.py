"""A server with deterministic engines to be measured, inside of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ovos_voice_agent.app import running
from ovos_voice_agent.benchmarks.__main__ import loop_factory
from ovos_voice_agent.config import load
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts

LIMIT_S = 30.0


def measured(test: Callable[[str], Awaitable[None]]) -> None:
    """Run a test with the URL of the server, on the loop on which benchmarks run."""

    async def run() -> None:
        fakes = {"vad": EnergyVad(), "stt": ScriptedStt(), "llm": ScriptedLlm(), "tts": ToneTts()}
        async with running(load(None, {}), fakes) as server:
            await test(server.url)

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(asyncio.wait_for(run(), LIMIT_S))
