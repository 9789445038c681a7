"""The answers of a chat."""

from __future__ import annotations

import base64

from ovos_voice_agent.protocol.rest_completions import Answer, Completion

TEXT = Completion("chatcmpl-1", "m", 5)
SOUND = Completion("chatcmpl-1", "m", 5, "audio_1", 3605)


def test_a_text() -> None:
    body = TEXT.body(Answer(text="Hi.", input_tokens=2, output_tokens=1), None)
    assert body["choices"][0]["message"]["content"] == "Hi."
    assert body["usage"]["total_tokens"] == 3


def test_an_empty_text_is_a_text() -> None:
    assert TEXT.body(Answer(), None)["choices"][0]["message"]["content"] == ""


def test_calls() -> None:
    answer = Answer()
    answer.take_call("c1", "f", "{")
    answer.take_call("", "", "}")
    answer.take_call("c2", "g", "{}")
    message = TEXT.body(answer, None)["choices"][0]
    assert [call["function"] for call in message["message"]["tool_calls"]] == [
        {"name": "f", "arguments": "{}"},
        {"name": "g", "arguments": "{}"},
    ]
    assert message["finish_reason"] == "tool_calls"
    assert message["message"]["content"] is None


def test_an_answer_that_was_cut_off_says_so() -> None:
    assert Answer(reason="length", calls=[["c", "f", "{"]]).finish_reason == "length"


def test_sound() -> None:
    answer = Answer(text="Hi.", heard_ms=1000)
    answer.take_audio(bytes(4800), keep=True)
    answer.take_audio(bytes(4800), keep=False)
    assert len(answer.pcm) == 4800
    assert answer.spoken_ms == 200
    message = SOUND.body(answer, b"file")["choices"][0]["message"]
    assert message["audio"] == {
        "id": "audio_1",
        "data": base64.b64encode(b"file").decode(),
        "expires_at": 3605,
        "transcript": "Hi.",
    }
    assert message["content"] is None
    assert answer.usage["prompt_tokens_details"]["audio_tokens"] == 10
    assert answer.usage["completion_tokens_details"]["audio_tokens"] == 4
    assert answer.total_tokens == 14


def test_chunks() -> None:
    assert TEXT.first_chunk()["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert SOUND.first_chunk()["choices"][0]["delta"] == {"role": "assistant", "audio": {"id": "audio_1"}}
    assert SOUND.audio_end()["choices"][0]["delta"]["audio"]["expires_at"] == 3605
    assert TEXT.chunk({}, "stop")["choices"][0]["finish_reason"] == "stop"
    assert TEXT.usage_chunk(Answer())["choices"] == []
