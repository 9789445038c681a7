"""Azure's recorded traffic on its GA path: the same client frames, our answers; compared by keys and by order."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.engines.interface import LlmDone, LlmUsage, TextDelta
from ovos_voice_agent.testing.fakes import ScriptedLlm
from tests.end_to_end.talking import LIMIT_S, Fakes, configured, talking
from tests.end_to_end.test_recorded import assert_alike, received, replay

pytestmark = pytest.mark.real

NAME = "azure_text_in_audio_out"
WORDS = ["Hello", " there!", " Great to meet you!"]


def test_a_text_turn_answered_in_audio() -> None:
    usage = LlmUsage(input_tokens=20, output_tokens=8)
    llm = ScriptedLlm([[*(TextDelta(word) for word in WORDS), LlmDone(usage=usage)]])

    async def play() -> None:
        async with running(configured(send_rate_limits=False), Fakes(llm=llm).by_stage) as server:
            azure = replace(server, url=server.url.replace("/v1", "/openai/v1"))
            async with talking(azure) as talk:
                await replay(talk, NAME)
            assert_alike(talk, NAME)

    assert any("content" in event for event in received(NAME) if event["type"] == "response.content_part.done")
    asyncio.run(asyncio.wait_for(play(), LIMIT_S))
