"""Scripts as bytes."""

from __future__ import annotations

import asyncio
import json

import pytest

from ovos_voice_agent.testing.stub_chat import ChatScript, chat_events


def play(script: ChatScript) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [piece async for piece in chat_events(script, {"stream_options": {"include_usage": True}})]

    return asyncio.run(collect())


def test_text_usage_and_end() -> None:
    pieces = play(ChatScript("One two", noise=False))
    assert [json.loads(piece[6:])["choices"][0]["delta"] for piece in pieces[:2]] == [
        {"content": "One"},
        {"content": " two"},
    ]
    assert json.loads(pieces[-2][6:])["usage"]["completion_tokens"] == 2
    assert pieces[-1] == b"data: [DONE]\n\n"


def test_a_death_is_an_end_of_file() -> None:
    with pytest.raises(EOFError):
        play(ChatScript(ending="die"))
