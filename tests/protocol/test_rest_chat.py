"""The body of a chat request."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.objects import InputImage, InputText
from ovos_voice_agent.protocol.rest_chat import AudioClip, ChatAudio, ChatRequest, read_chat_request

USER = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "f"}}


def read(*messages: Any, **more: Any) -> ChatRequest:
    return read_chat_request({"model": "m", "messages": list(messages) or [USER], **more})


def test_the_least_that_is_enough() -> None:
    request = read()
    assert (request.model, request.stream, request.audio, request.tools) == ("m", False, None, ())
    assert [(message.role, message.text) for message in request.messages] == [("user", "hi")]


def test_null_is_what_nobody_said() -> None:
    optional = ("tools", "tool_choice", "max_tokens", "temperature", "stream", "stream_options", "n", "modalities")
    assert read(**dict.fromkeys((*optional, "audio", "response_format", "metadata"))) == read()


def test_parts() -> None:
    picture = {"url": "data:image/jpeg;base64,AA==", "detail": "low"}
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": picture},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
        {"type": "input_audio", "input_audio": {"data": "data:audio/wav;base64,aGk=", "format": "wav"}},
        {"type": "refusal", "refusal": "no"},
    ]
    found = read({"role": "user", "content": parts}).messages[0].parts
    assert found[:2] == (InputText("see"), InputImage(picture["url"], "low"))
    assert [part.data for part in found if isinstance(part, AudioClip)] == [b"hi", b"hi"]
    assert found[4] == InputText("no")


def test_roles_of_old_and_new() -> None:
    messages = [{"role": "developer", "content": "x"}, {"role": "function", "name": "f", "content": "y"}]
    system, tool = read(*messages).messages
    assert (system.role, tool.role, tool.call_id) == ("system", "tool", "f")


def test_tools() -> None:
    chosen = {"type": "function", "function": {"name": "f"}}
    request = read(tools=[TOOL], tool_choice=chosen, parallel_tool_calls=False)
    assert request.tools[0].parameters == {"type": "object", "properties": {}}
    assert (request.tool_choice, request.parallel_tool_calls) == ({"type": "function", "name": "f"}, False)
    assert read(tools=[TOOL], tool_choice="required").tool_choice == "required"


def test_the_newer_limit_wins() -> None:
    assert read(max_tokens=5).max_tokens == 5
    assert read(max_tokens=5, max_completion_tokens=7).max_tokens == 7


def test_audio() -> None:
    wanted = {"voice": {"id": "v"}, "format": "pcm16"}
    assert read(modalities=["text", "audio"], audio=wanted, stream=True).audio == ChatAudio("v", "pcm16")
    assert read(modalities=["text"], audio=wanted).audio is None


def test_forms_of_the_answer() -> None:
    assert read(response_format={"type": "text"}).answer_schema is None
    assert read(response_format={"type": "json_object"}).answer_schema == "object"
    described = {"type": "json_schema", "json_schema": {"schema": {"a": 1}}}
    assert read(response_format=described).answer_schema == '{"a":1}'
    with pytest.raises(ClientError):
        read(response_format={"type": "json_schema"})


def test_the_model_may_stand_in_the_path() -> None:
    assert read_chat_request({"messages": [USER]}, model="azure").model == "azure"
