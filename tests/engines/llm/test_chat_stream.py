"""Shapes of chunks beyond those of the scripted server."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.engines.interface import LlmDone, LlmEvent, TextDelta, ToolCallDelta
from ovos_voice_agent.engines.llm.chat_stream import ChatStream
from ovos_voice_agent.errors import EngineError


def feed(*deltas: dict[str, Any]) -> list[LlmEvent]:
    stream = ChatStream()
    events = [event for delta in deltas for event in stream.push({"choices": [{"delta": delta}]})]
    return events + stream.finish()


def piece(index: int, arguments: str, **head: Any) -> dict[str, Any]:
    name = {"name": head.pop("name")} if "name" in head else {}
    return {"tool_calls": [{"index": index, **head, "function": {**name, "arguments": arguments}}]}


def test_a_list_of_parts_is_its_text_without_the_thinking() -> None:
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Yes."}]
    assert feed({"content": parts}) == [TextDelta("Yes."), LlmDone()]


def test_interleaved_calls_are_handed_on_one_after_the_other() -> None:
    events = feed(
        piece(0, '{"a"', name="f", id="x"), piece(1, '{"b"', name="g", id="y"), piece(0, ":1}"), piece(1, ":2}")
    )
    assert [event.index for event in events if isinstance(event, ToolCallDelta)] == [0, 0, 1]


def test_a_repeated_head_is_the_same_call() -> None:
    events = feed(piece(0, '{"a"', name="f", id="x"), piece(0, ":1}", name="f", id="x"))
    calls = [event for event in events if isinstance(event, ToolCallDelta)]
    assert "".join(call.arguments for call in calls) == '{"a":1}'
    assert [call.call_id for call in calls] == ["x", ""]


def test_an_id_is_made_when_it_is_missing() -> None:
    first = feed(piece(0, "{}", name="f"))[0]
    assert isinstance(first, ToolCallDelta)
    assert first.call_id.startswith("call_")


def test_a_call_without_a_name_is_garbage() -> None:
    with pytest.raises(EngineError):
        feed(piece(0, "{}", id="x"))


@pytest.mark.parametrize(
    "chunk", [{}, {"choices": []}, {"choices": None}, {"choices": [{}]}, {"choices": [{"delta": {}}]}]
)
def test_chunks_that_say_nothing(chunk: dict[str, Any]) -> None:
    assert ChatStream().push(chunk) == []
