"""The offline persona as an engine: streamed by words, cut by length, options checked."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.engines.interface import (
    LlmDone,
    LlmEvent,
    Message,
    Prompt,
    TextDelta,
    TextPart,
    Tool,
    ToolCallDelta,
)
from ovos_voice_agent.engines.llm.offline import create
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.testing.contracts import check_llm


def reply(prompt: Prompt) -> list[LlmEvent]:
    async def collect() -> list[LlmEvent]:
        return [event async for event in create({"timezone": "Asia/Tokyo"}).reply(prompt)]

    return asyncio.run(collect())


SAY = (Message("user", (TextPart("say one two three"),)),)


def test_contract() -> None:
    check_llm(lambda: create({}))


def test_words_stream_and_there_is_no_usage() -> None:
    assert reply(Prompt(SAY)) == [TextDelta("One"), TextDelta(" two"), TextDelta(" three"), LlmDone("stop", None)]


def test_max_tokens_cuts_between_words() -> None:
    assert reply(Prompt(SAY, max_tokens=2)) == [TextDelta("One"), TextDelta(" two"), LlmDone("length", None)]


def test_a_required_call_comes_whole() -> None:
    events = reply(Prompt(SAY, tools=(Tool("f"),), tool_choice="required", max_tokens=1))
    assert isinstance(events[0], ToolCallDelta)
    assert (events[0].name, events[0].arguments) == ("f", "{}")
    assert events[1:] == [LlmDone("stop")]


def test_wrong_options_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        create({"timezone": "Mars/Base", "model": "x"})
    assert len(caught.value.problems) == 2
