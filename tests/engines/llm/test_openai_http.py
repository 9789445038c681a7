"""The HTTP mind against the scripted server: every stream shape, every failure, nothing left open."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, get_args

import pytest

from ovos_voice_agent.engines.interface import (
    LlmDone,
    LlmEvent,
    LlmUsage,
    Message,
    Prompt,
    TextDelta,
    TextPart,
    Tool,
    ToolCallDelta,
)
from ovos_voice_agent.engines.llm.openai_http import OpenAiLlm, create
from ovos_voice_agent.errors import ConfigError, EngineError, EngineTimeout
from ovos_voice_agent.testing.contracts import check_llm
from ovos_voice_agent.testing.stub_chat import ChatScript, Shape
from ovos_voice_agent.testing.stub_server import StubServer

KEY = "sk-a-very-secret-key"
HELLO = Prompt(messages=(Message("system", (TextPart("Be brief."),)), Message("user", (TextPart("hello"),))))
WITH_TOOL = Prompt(messages=HELLO.messages, tools=(Tool("look"), Tool("jump")))


def run(work: Callable[[StubServer, OpenAiLlm], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    """Run `work` with a stub and an engine on it, and see that the engine leaves nothing running."""

    async def main() -> Any:
        async with StubServer() as stub:
            llm = create({"base_url": stub.base_url, "model": "m", "api_key": KEY, **options})
            try:
                async with asyncio.timeout(5):
                    return await work(stub, llm)
            finally:
                await llm.close()

    return asyncio.run(main())


async def collect(llm: OpenAiLlm, prompt: Prompt = HELLO) -> list[LlmEvent]:
    return [event async for event in llm.reply(prompt)]


def answer(*scripts: ChatScript, prompt: Prompt = HELLO, **options: Any) -> list[LlmEvent]:
    async def work(stub: StubServer, llm: OpenAiLlm) -> list[LlmEvent]:
        stub.chat.extend(scripts)
        return await collect(llm, prompt)

    return run(work, **options)


def text_of(events: list[LlmEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls_of(events: list[LlmEvent]) -> list[tuple[str, str]]:
    """Name and arguments of each call; pieces of a call must come together and in order."""
    calls: list[list[str]] = []
    for event in events:
        if isinstance(event, ToolCallDelta):
            if event.call_id:
                assert event.name
                assert event.index == len(calls)
                calls.append([event.name, ""])
            assert event.index == len(calls) - 1
            calls[-1][1] += event.arguments
    return [(name, arguments) for name, arguments in calls]


@pytest.mark.real
def test_the_contract_with_a_server_of_our_own(served: str) -> None:
    check_llm(lambda: create({"base_url": served, "model": "offline"}))


def test_text_streams_and_ends_once_with_the_models_own_numbers() -> None:
    events = answer(ChatScript("One two three."))
    assert text_of(events) == "One two three."
    assert len(events) == 4
    assert events[-1] == LlmDone("stop", LlmUsage(input_tokens=3, output_tokens=3, cached_tokens=1))


def test_usage_is_none_when_the_server_gives_none() -> None:
    assert answer(ChatScript(usage=False))[-1] == LlmDone("stop", None)


@pytest.mark.parametrize("ending", ["no_done", "stay_open"])
def test_a_missing_end_mark_is_an_end(ending: Any) -> None:
    assert text_of(answer(ChatScript("Done.", ending=ending))) == "Done."


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_fields_are_never_spoken(field: Any) -> None:
    assert text_of(answer(ChatScript("Yes.", reasoning="They want a yes.", reasoning_field=field))) == "Yes."


def test_thinking_in_the_content_is_never_spoken_though_its_tags_are_cut() -> None:
    script = ChatScript("Yes.", reasoning="<think>\nhm, a < b\n</think>\n\n", reasoning_field="content")
    assert text_of(answer(script)) == "Yes."


@pytest.mark.parametrize("shape", get_args(Shape))
def test_two_calls_in_every_shape(shape: Any) -> None:
    wanted = (("look", '{"at":"the sky","far":true}'), ("jump", '{"height_cm":30}'))
    events = answer(ChatScript("", calls=wanted, shape=shape), prompt=WITH_TOOL)
    assert [(name, json.loads(text)) for name, text in calls_of(events)] == [
        (name, json.loads(text)) for name, text in wanted
    ]
    assert isinstance(events[-1], LlmDone)
    ids = [event.call_id for event in events if isinstance(event, ToolCallDelta) and event.call_id]
    assert len(set(ids)) == 2


def test_a_contradictory_finish_reason_changes_nothing() -> None:
    events = answer(ChatScript("", calls=(("look", "{}"),), finish_reason="stop"), prompt=WITH_TOOL)
    assert calls_of(events) == [("look", "{}")]
    assert answer(ChatScript("Hi.", finish_reason="tool_calls"))[-1] == LlmDone("stop", LlmUsage(3, 1, 1))


def test_empty_arguments_are_an_empty_object() -> None:
    events = answer(ChatScript("", calls=(("look", ""),)), prompt=WITH_TOOL)
    assert calls_of(events) == [("look", "{}")]


def test_a_cut_answer_says_length() -> None:
    events = answer(ChatScript("", calls=(("look", '{"at": "the'),), finish_reason="length"), prompt=WITH_TOOL)
    assert calls_of(events) == [("look", '{"at": "the')]
    assert isinstance(events[-1], LlmDone)
    assert events[-1].reason == "length"


def test_a_server_that_does_not_stream_is_understood() -> None:
    body = json.dumps({"choices": [{"message": {"content": "Whole."}, "finish_reason": "stop"}]})

    async def work(stub: StubServer, llm: OpenAiLlm) -> list[LlmEvent]:
        stub.chat.append(ChatScript(raw=(f"data: {body}\n".encode(),)))
        return await collect(llm)

    assert text_of(run(work)) == "Whole."


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_bytes_may_be_cut_anywhere(size: int) -> None:
    chunk = {"choices": [{"delta": {"content": "Grüße, 世界!"}}]}
    data = f"event: x\r\ndata:{json.dumps(chunk, ensure_ascii=False)}\r\n\r\ndata: [DONE]\r\n".encode()
    raw = tuple(data[start : start + size] for start in range(0, len(data), size))
    assert text_of(answer(ChatScript(raw=raw))) == "Grüße, 世界!"


@pytest.mark.parametrize(
    "raw",
    [b"data: this is no JSON\n\n", b"data: [1, 2]\n\n", b'data: {"choices": [7]}\n\n', b'data: {"error": "x"}\n\n'],
)
def test_garbage_is_an_engine_error(raw: bytes) -> None:
    with pytest.raises(EngineError):
        answer(ChatScript(raw=(raw,)))


def test_an_error_object_inside_the_stream_fails_the_reply_after_its_text() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> str:
        stub.chat.append(ChatScript("So far", ending="error"))
        heard = ""
        events = llm.reply(HELLO)
        while len(heard) < len("So far"):
            heard += text_of([await anext(events)])
        with pytest.raises(EngineError):
            await anext(events)
        assert len([r for r in stub.requests if r.path.endswith("completions")]) == 1
        return heard

    assert run(work) == "So far"


def test_a_death_in_mid_stream_is_not_retried() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> int:
        stub.chat.append(ChatScript("So far", ending="die"))
        with pytest.raises(EngineError):
            await collect(llm)
        return len(stub.requests)

    assert run(work) == 1


@pytest.mark.parametrize(
    "failure",
    [
        ChatScript(ending="refuse"),
        ChatScript(text="", ending="die", noise=False),
        ChatScript(status=503),
        ChatScript(status=502),
        ChatScript(status=500),
        ChatScript(status=429, headers={"Retry-After": "0.01"}),
        ChatScript(raw=(b": nothing\n\n",)),
    ],
)
def test_one_retry_while_nothing_was_streamed(failure: ChatScript) -> None:
    assert text_of(answer(failure, ChatScript("Second."))) == "Second."
    with pytest.raises(EngineError):
        answer(failure, failure, ChatScript("Third."))


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (ChatScript(status=429), "rate_limit_exceeded"),
        (ChatScript(status=429, headers={"Retry-After": "60"}), "rate_limit_exceeded"),
        (ChatScript(status=401, body=f"bad key {KEY}"), "model_unavailable"),
        (ChatScript(status=404), "model_unavailable"),
        (ChatScript(status=400, body='{"error":{"code":"context_length_exceeded"}}'), "context_length_exceeded"),
    ],
)
def test_refusals_are_not_retried_and_show_no_secret(
    script: ChatScript, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(EngineError) as caught:
        answer(script, ChatScript("Second."))
    assert caught.value.code == code
    assert KEY not in str(caught.value)
    assert KEY not in "".join(str(record.__dict__) for record in caplog.records)


def test_rejected_fields_are_left_out_and_remembered() -> None:
    prompt = Prompt(
        HELLO.messages, tools=(Tool("look"),), tool_choice="required", parallel_tool_calls=False, max_tokens=9
    )

    async def work(stub: StubServer, llm: OpenAiLlm) -> list[dict[str, Any]]:
        stub.default_chat = ChatScript(rejects=("stream_options", "parallel_tool_calls", "tool_choice", "max_tokens"))
        await collect(llm, prompt)
        before = len(stub.requests)
        await collect(llm, prompt)
        assert len(stub.requests) == before + 1
        return [request.body for request in stub.requests]

    bodies = run(work)
    assert bodies[0]["tool_choice"] == "required"
    assert {"stream_options", "parallel_tool_calls", "tool_choice"}.isdisjoint(bodies[-1])
    assert bodies[-1]["max_completion_tokens"] == 9


def test_a_slow_first_token_is_a_timeout() -> None:
    with pytest.raises(EngineTimeout):
        answer(ChatScript(first_delay_s=30), timeout_s=0.05)
    with pytest.raises(EngineTimeout):
        answer(ChatScript(raw=(b": alive\n\n",), ending="hang"), timeout_s=0.05)


def test_closing_the_iterator_closes_the_connection() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        stub.chat.append(ChatScript("One two", ending="hang"))
        async with aclosing(llm.reply(HELLO)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        await stub.requests[-1].ended.wait()
        assert stub.requests[-1].closed_early

    run(work)


def test_cancelling_the_task_closes_the_connection_before_the_first_byte() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        stub.chat.append(ChatScript(first_delay_s=30))
        task = asyncio.ensure_future(collect(llm))
        await stub.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stub.requests[-1].ended.wait()
        assert stub.requests[-1].closed_early

    run(work)


def test_a_redirect_to_another_server_is_refused_and_never_sees_the_key() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        async with StubServer() as other:
            stub.redirects.append(f"{other.base_url}/chat/completions")
            with pytest.raises(EngineError):
                await collect(llm)
            assert not other.requests

    run(work)


def test_a_redirect_on_the_same_server_is_followed_but_not_in_a_circle() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        stub.redirects.append("/v1/chat/completions")
        assert text_of(await collect(llm))
        assert [request.body["model"] for request in stub.requests] == ["m", "m"]
        stub.redirects.extend(["/v1/chat/completions"] * 4)
        with pytest.raises(EngineError, match="circle"):
            await collect(llm)

    run(work)


def test_start_warms_a_connection_and_survives_a_server_that_is_away() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        await llm.start()
        assert stub.requests[0].path == "/v1/models"
        assert "did not answer" not in llm.info.quality
        away = create({"base_url": "http://127.0.0.1:1/v1", "model": "m"})
        await away.start()
        assert "did not answer" in away.info.quality
        with pytest.raises(EngineError) as caught:
            await collect(away)
        assert caught.value.code == "model_unavailable"
        await away.close()
        await away.close()

    run(work)


def test_the_key_is_sent_and_extra_fields_win() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        await collect(llm)
        request = stub.requests[-1]
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        assert request.headers["X-Team"] == "voice"
        assert request.body["chat_template_kwargs"] == {"enable_thinking": False}
        assert request.body["temperature"] == 0.5

    run(
        work,
        extra_body={"chat_template_kwargs": {"enable_thinking": False}},
        headers={"X-Team": "voice"},
        temperature=0.5,
    )


def test_all_mistakes_are_reported_at_once_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(ConfigError) as caught:
        create({"base_url": "ftp://x", "temperature": "hot", "api_key": 7, "api_key_env": "NO_SUCH_KEY", "modell": "m"})
    text = str(caught.value)
    for word in ("base_url", "temperature", "api_key", "NO_SUCH_KEY", "modell", "model is needed"):
        assert word in text


def test_the_key_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_KEY", KEY)

    async def work(stub: StubServer, _: OpenAiLlm) -> None:
        llm = create({"base_url": stub.base_url, "model": "m", "api_key_env": "STUB_KEY"})
        await collect(llm)
        assert stub.requests[-1].headers["Authorization"] == f"Bearer {KEY}"
        assert KEY not in repr(llm.backend.options)
        await llm.close()

    run(work)


def test_connections_are_used_again() -> None:
    async def work(stub: StubServer, llm: OpenAiLlm) -> None:
        for _ in range(3):
            await collect(llm)
        connector = llm.backend._session().connector
        assert connector is not None
        assert sum(len(pool) for pool in connector._conns.values()) == 1

    run(work)
