"""One answer in a chat is a reply as in a session."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from ovos_voice_agent.core.engine_events import ReplyAudio, ReplyFinished, ReplyText
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.rest_chat import read_chat_request
from ovos_voice_agent.runtime.chat import chat, order_of
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedLlm, ToneTts
from tests.runtime.scenes import run, start_reply, world
from tests.runtime.waiting import until
from tests.transports.counter import service


def order(*messages: dict[str, Any], **more: Any) -> Any:
    wanted = read_chat_request({"model": "gpt-4o", "messages": list(messages), **more})
    return run(order_of(service(), wanted, {"audio_1": "I am Ana."}.get))[0]


def test_the_answer_comes_as_it_is_made() -> None:
    async def scene() -> None:
        reports = [report async for report in chat(world(), start_reply())]
        assert "".join(report.text for report in reports if isinstance(report, ReplyText)) == "You said: hello."
        assert any(isinstance(report, ReplyAudio) for report in reports)
        assert isinstance(reports[-1], ReplyFinished)

    run(scene())


def test_a_failure_is_raised_and_counted() -> None:
    async def scene() -> None:
        failing = world(llm=ScriptedLlm([[EngineError("gone", code="model_unavailable")]]))
        with pytest.raises(EngineError) as raised:
            [report async for report in chat(failing, start_reply())]
        assert raised.value.code == "model_unavailable"
        assert b'engine_failures_total{code="model_unavailable",stage="llm"} 1.0' in failing.metrics.render()

    run(scene())


def test_who_stops_reading_ends_model_and_voice() -> None:
    async def scene() -> None:
        llm, tts = ScriptedLlm([[FOREVER]]), ToneTts()
        async with aclosing(chat(world(llm=llm, tts=tts), start_reply())) as reports:
            reading = asyncio.ensure_future(anext(reports))
            await until(lambda: llm.open_streams)
            reading.cancel()
            await asyncio.wait([reading])
        assert llm.open_streams == tts.open_streams == 0

    run(scene())


def test_leading_system_messages_are_the_instructions() -> None:
    command = order(
        {"role": "system", "content": "One."},
        {"role": "developer", "content": "Two."},
        {"role": "user", "content": "hi"},
        {"role": "system", "content": "Three."},
    )
    assert command.instructions == "One.\n\nTwo."
    assert [(item.role, item.content[0].text) for item in command.items] == [("user", "hi"), ("system", "Three.")]


def test_calls_and_their_outputs_are_items() -> None:
    call = {"id": "c1", "function": {"name": "f", "arguments": "{}"}}
    items = order(
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "wait", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
    ).items
    assert [type(item) for item in items[1:]] == [o.MessageItem, o.FunctionCallItem, o.FunctionCallOutputItem]
    assert items[1].content == (o.OutputText("wait"),)
    assert items[2].call_id == items[3].call_id == "c1"


def test_what_we_once_said_stands_for_its_audio() -> None:
    message = {"role": "assistant", "audio": {"id": "audio_1"}}
    assert order({"role": "user", "content": "hi"}, message).items[1].content == (o.OutputText("I am Ana."),)
    with pytest.raises(ClientError) as raised:
        order({"role": "assistant", "audio": {"id": "audio_2"}})
    assert raised.value.param == "messages[0].audio.id"


def test_settings_of_the_reply() -> None:
    asked = {"max_completion_tokens": 5, "temperature": 0.1, "reasoning_effort": "low", "metadata": {"a": "b"}}
    command = order({"role": "user", "content": "hi"}, **asked)
    assert (command.max_output_tokens, command.temperature, command.reasoning_effort) == (5, 0.1, "low")
    assert (command.metadata, command.spoken, command.instructions) == ({"a": "b"}, False, "Be brief.")
    spoken = order({"role": "user", "content": "hi"}, modalities=["audio"], audio={"voice": "alloy", "format": "mp3"})
    assert (spoken.spoken, spoken.voice, spoken.instructions) == (True, "alloy", "Be heard.")


def test_forms_of_an_answer_are_told_in_words() -> None:
    user = {"role": "user", "content": "hi"}
    assert "one JSON object" in order(user, response_format={"type": "json_object"}).instructions
    described = {"type": "json_schema", "json_schema": {"schema": {"type": "array"}}}
    assert order(user, response_format=described).instructions.endswith('{"type":"array"}')
