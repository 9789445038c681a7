"""A prompt as a request body."""

from __future__ import annotations

from typing import Any

from ovos_voice_agent.engines.interface import ImagePart, Message, Prompt, TextPart, Tool, ToolCall
from ovos_voice_agent.engines.llm.chat_request import NO_RESULT, request_body


def user(text: str) -> Message:
    return Message("user", (TextPart(text),))


def messages(*said: Message, **options: Any) -> list[dict[str, Any]]:
    body: list[dict[str, Any]] = request_body(Prompt(said), model="m", **options)["messages"]
    return body


def test_calls_stand_together_and_each_is_followed_by_its_output() -> None:
    a, b = ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", "")
    result = messages(
        Message("assistant", (TextPart("Wait."),)),
        Message("assistant", calls=(a,)),
        Message("assistant", calls=(b,)),
        user("hm"),
        Message("tool", (TextPart("1"),), call_id="a"),
    )
    assert [m["role"] for m in result] == ["assistant", "tool", "tool", "user"]
    assert result[0]["content"] == "Wait."
    assert [c["function"] for c in result[0]["tool_calls"]] == [
        {"name": "f", "arguments": '{"x":1}'},
        {"name": "g", "arguments": "{}"},
    ]
    assert [(m["tool_call_id"], m["content"]) for m in result[1:3]] == [("a", "1"), ("b", NO_RESULT)]


def test_an_output_without_its_call_is_told_in_words() -> None:
    assert messages(Message("tool", (TextPart("42"),), call_id="gone"))[0]["role"] == "user"


def test_images_only_where_the_model_sees() -> None:
    picture = Message("user", (TextPart("Look"), ImagePart("data:image/png;base64,AA==", "low")))
    seen = messages(picture, vision=True)[0]["content"]
    assert seen[1] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}}
    assert "cannot see" in messages(picture)[0]["content"]


def test_tools_and_their_choice() -> None:
    tools = (Tool("f", "does f"),)
    body = request_body(Prompt((user("x"),), tools, "function", "f", parallel_tool_calls=False), model="m")
    assert body["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert body["parallel_tool_calls"] is False
    assert body["tools"][0]["function"]["name"] == "f"
    assert request_body(Prompt((user("x"),), tools, "none"), model="m")["tool_choice"] == "none"
    assert "tools" not in request_body(Prompt((user("x"),), tools, "none"), model="m", left_out={"tool_choice"})
    assert "tool_choice" not in request_body(Prompt((user("x"),), (), "required"), model="m")


def test_the_prompt_wins_over_the_configuration_and_extra_over_all() -> None:
    prompt = Prompt((user("x"),), max_tokens=5, temperature=0.1)
    body = request_body(prompt, model="m", max_tokens=9, temperature=1.0, extra={"temperature": 0})
    assert (body["max_tokens"], body["temperature"]) == (5, 0)
