"""Chat over HTTP: text and sound, whole and in chunks, tools, pictures, refusals."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import LlmDone, LlmUsage, TextDelta, ToolCallDelta
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.runtime.service import Service
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from ovos_voice_agent.transports.chat_http import chat_routes
from tests.transports.counter import Counter, counter, error_of, events_of, service
from tests.transports.test_transcriptions_http import spaced

PATH = "/v1/chat/completions"
LIMIT = 4_000_000
USER = {"role": "user", "content": "good morning"}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
CALL = ToolCallDelta(0, '{"city":', "call_1", "weather"), ToolCallDelta(0, ' "Porto"}')


def ask(served: Service | None = None, **changes: Any) -> Any:
    body = {"model": "gpt-4o-mini", "messages": [USER], **changes}
    return counter(chat_routes, served or service(), LIMIT).post(PATH, json=body)


def test_a_text_answer() -> None:
    llm = ScriptedLlm([[TextDelta("Hello."), LlmDone(usage=LlmUsage(11, 3, 5))]])
    body = ask(service(llm=llm)).json()
    assert body["object"] == "chat.completion"
    assert body["id"].startswith("chatcmpl-")
    assert body["model"] == "gpt-4o-mini"
    [choice] = body["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Hello.", "refusal": None}
    assert choice["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == 14
    assert body["usage"]["prompt_tokens_details"]["cached_tokens"] == 5


def test_what_ovos_sends_is_taken() -> None:
    """max_tokens, n, stop and no stream_options; and what nobody knows."""
    llm = ScriptedLlm()
    assert ask(service(llm=llm), max_tokens=100, n=1, stop=None, top_p=0.5, whatever=1).status_code == 200
    assert llm.prompts[0].max_tokens == 100


def test_the_prompt_is_the_conversation() -> None:
    llm = ScriptedLlm()
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "weather?"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        {"role": "user", "content": "and tomorrow?"},
    ]
    ask(service(llm=llm), messages=messages, tools=[WEATHER], tool_choice="none", temperature=0.3, model="fast")
    prompt = llm.prompts[0]
    told = [(message.role, message.text) for message in prompt.messages]
    assert told[0] == ("system", "Be kind.")
    assert told[1:5] == [("user", "weather?"), ("assistant", ""), ("tool", "sunny"), ("user", "and tomorrow?")]
    assert prompt.messages[2].calls[0].call_id == "c1"
    assert (prompt.tool_choice, prompt.temperature, prompt.spoken) == ("none", 0.3, False)
    assert [tool.name for tool in prompt.tools] == ["weather"]


def test_instructions_of_the_server_stand_in_where_a_client_has_none() -> None:
    llm = ScriptedLlm()
    served = service(llm=llm)
    ask(served)
    ask(served, modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})
    assert [prompt.messages[0].text for prompt in llm.prompts] == ["Be brief.", "Be heard."]


def test_a_picture_reaches_the_model() -> None:
    llm = ScriptedLlm()
    url = "data:image/png;base64,iVBORw0KGgo="
    parts = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    assert ask(service(llm=llm), messages=[{"role": "user", "content": parts}]).status_code == 200
    assert any(getattr(part, "url", "") == url for message in llm.prompts[0].messages for part in message.content)


def test_json_is_asked_for_in_words() -> None:
    llm = ScriptedLlm()
    described = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "array"}}}
    ask(service(llm=llm), response_format=described)
    assert '{"type":"array"}' in llm.prompts[0].messages[0].text


def test_a_tool_call() -> None:
    body = ask(service(llm=ScriptedLlm([CALL])), tools=[WEATHER]).json()
    [choice] = body["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    function = {"name": "weather", "arguments": '{"city": "Porto"}'}
    assert choice["message"]["tool_calls"] == [{"id": "call_1", "type": "function", "function": function}]


def test_chunks() -> None:
    *chunks, done = events_of(ask(stream=True))
    assert done == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == "You said: good morning."
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert (deltas[-1], chunks[-1]["choices"][0]["finish_reason"]) == ({}, "stop")


def test_usage_comes_behind_the_end_for_those_who_ask() -> None:
    *_, last, usage, done = events_of(ask(stream=True, stream_options={"include_usage": True}))
    assert last["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert set(usage["usage"]) >= {"prompt_tokens", "completion_tokens", "total_tokens"}
    assert done == "[DONE]"


def test_a_tool_call_in_chunks() -> None:
    chunks = events_of(ask(service(llm=ScriptedLlm([CALL])), tools=[WEATHER], stream=True))[:-1]
    pieces = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in chunks[1:-1]]
    assert pieces[0] == {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city":'},
    }
    assert pieces[1] == {"index": 0, "function": {"arguments": ' "Porto"}'}}
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_an_answer_that_is_heard() -> None:
    body = ask(modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"}).json()
    message = body["choices"][0]["message"]
    assert message["content"] is None
    audio = message["audio"]
    assert audio["id"].startswith("audio_")
    assert audio["transcript"] == "You said: good morning."
    assert audio["expires_at"] == body["created"] + 3600
    with wave.open(io.BytesIO(base64.b64decode(audio["data"]))) as file:
        assert file.getframerate() == 24_000
    assert body["usage"]["completion_tokens_details"]["audio_tokens"] > 20


def test_an_answer_that_is_heard_in_chunks() -> None:
    asked = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}, "stream": True}
    chunks = events_of(ask(**asked))[:-1]
    audio = [chunk["choices"][0]["delta"].get("audio", {}) for chunk in chunks]
    assert set(audio[0]) == {"id"}
    assert "".join(piece.get("transcript", "") for piece in audio) == "You said: good morning."
    assert sum(len(base64.b64decode(piece.get("data", ""))) for piece in audio) > 48_000
    assert set(audio[-2]) == {"id", "expires_at"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_what_was_heard_can_be_referred_to() -> None:
    llm = ScriptedLlm([said_slowly("I am called Ana.")])
    client = Counter([chat_routes(lambda: served, LIMIT)]).client if (served := service(llm=llm)) else None
    assert client
    spoken = {"model": "gpt-audio", "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "mp3"}}
    first = client.post(PATH, json={**spoken, "messages": [USER]}).json()["choices"][0]["message"]["audio"]["id"]
    messages = [USER, {"role": "assistant", "audio": {"id": first}}, USER]
    assert client.post(PATH, json={"model": "gpt-audio", "messages": messages}).status_code == 200
    assert ("assistant", "I am called Ana.") in [(one.role, one.text) for one in llm.prompts[1].messages]
    messages[1] = {"role": "assistant", "audio": {"id": "audio_unknown"}}
    refused = client.post(PATH, json={"model": "gpt-audio", "messages": messages})
    assert error_of(refused) == (400, "invalid_value", "messages[1].audio.id")


def test_a_recording_in_a_message_is_heard() -> None:
    llm, stt = ScriptedLlm(), ScriptedStt(["what is the time"])
    sound = {"data": base64.b64encode(spaced(1.0)).decode(), "format": "wav"}
    parts = [{"type": "input_audio", "input_audio": sound}]
    body = ask(service(llm=llm, stt=stt), messages=[{"role": "user", "content": parts}]).json()
    assert body["choices"][0]["message"]["content"] == "You said: what is the time."
    assert body["usage"]["prompt_tokens_details"]["audio_tokens"] == 20


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"model": "nobody"}, (404, "model_not_found", "model")),
        ({"messages": []}, (400, "array_below_min_length", "messages")),
        ({"messages": [{"role": "king"}]}, (400, "invalid_value", "messages[0].role")),
        ({"messages": [{"role": "user", "content": 5}]}, (400, "invalid_type", "messages[0].content")),
        (
            {"messages": [{"role": "tool", "content": "x"}]},
            (400, "missing_required_parameter", "messages[0].tool_call_id"),
        ),
        ({"n": 2}, (400, "integer_above_max_value", "n")),
        ({"temperature": 3}, (400, "decimal_above_max_value", "temperature")),
        ({"tool_choice": "weather"}, (400, "invalid_value", "tool_choice")),
        ({"tool_choice": {"type": "function", "function": {"name": "x"}}}, (400, "invalid_value", "tool_choice")),
        ({"modalities": ["audio"]}, (400, "missing_required_parameter", "audio")),
        (
            {"modalities": ["audio"], "audio": {"voice": "nobody", "format": "wav"}},
            (400, "invalid_value", "audio.voice"),
        ),
        (
            {"modalities": ["audio"], "audio": {"voice": "alloy", "format": "wav"}, "stream": True},
            (400, "invalid_value", "audio.format"),
        ),
        ({"response_format": {"type": "xml"}}, (400, "invalid_value", "response_format.type")),
    ],
)
def test_refusals_name_what_is_wrong(changes: dict[str, Any], refusal: tuple[int, str, str]) -> None:
    assert error_of(ask(**changes)) == refusal


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, "image_url.url"),
        ({"type": "input_audio", "input_audio": {"data": "not Base64!", "format": "wav"}}, "input_audio.data"),
        ({"type": "input_audio", "input_audio": {"data": "aGVsbG8=", "format": "wav"}}, "input_audio.data"),
        ({"type": "smell"}, "type"),
    ],
)
def test_parts_that_cannot_be_taken(part: dict[str, Any], param: str) -> None:
    answer = ask(messages=[{"role": "user", "content": [part]}])
    assert error_of(answer) == (400, "invalid_value", f"messages[0].content[0].{param}")


def test_a_failure_is_an_answer_or_an_event() -> None:
    broken = EngineError("The model is gone.", code="model_unavailable")
    assert error_of(ask(service(llm=ScriptedLlm([[broken]])))) == (503, "model_unavailable", None)
    assert error_of(ask(service(llm=ScriptedLlm([[broken]])), stream=True)) == (503, "model_unavailable", None)
    *_, failed = events_of(ask(service(llm=ScriptedLlm([[TextDelta("Well"), broken]])), stream=True))
    assert failed["error"]["message"] == "The model is gone."


def test_azure_names_the_model_in_the_path() -> None:
    client = counter(chat_routes, service(), LIMIT)
    path = "/openai/deployments/gpt-4o/chat/completions?api-version=x"
    assert client.post(path, json={"messages": [USER]}).json()["model"] == "gpt-4o"
