"""Whole conversations through the official SDK, with deterministic engines; every event strictly of the SDK's types."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import LlmDone, LlmUsage, TextDelta, ToolCallDelta
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedLlm, ScriptedStt, Tone, ToneTts, said_slowly
from tests.end_to_end.talking import Fakes, Talk, configured, conversation
from tests.recordings import speech_24k

pytestmark = pytest.mark.real

LONG = " ".join(f"This is sentence number {number} of a very long story." for number in range(200))
WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def sound_of(talk: Talk) -> bytes:
    return b"".join(base64.b64decode(event["delta"]) for event in talk.all("response.output_audio.delta"))


def test_a_text_turn() -> None:
    async def script(talk: Talk) -> None:
        await talk.settings(output_modalities=["text"])
        await talk.write("good morning")
        await talk.sdk.response.create()
        response = await talk.answer()
        assert response["status"] == "completed"
        assert response["output"][0]["content"] == [{"type": "output_text", "text": "You said: good morning."}]
        assert "".join(event["delta"] for event in talk.all("response.output_text.delta")) == "You said: good morning."
        assert not talk.all("response.output_audio.delta")

    conversation(script, Fakes())


def test_words_in_sound_out() -> None:
    fakes = Fakes()

    async def script(talk: Talk) -> None:
        await talk.write("hello")
        await talk.sdk.response.create()
        response = await talk.answer()
        assert response["output"][0]["content"][0]["transcript"] == "You said: hello."
        spoken = "".join(spoken.text for spoken in fakes.tts.spoken)
        assert spoken.replace(" ", "") == "Yousaid:hello."
        assert len(sound_of(talk)) == 2 * sum(fakes.tts.samples_of(spoken.text) for spoken in fakes.tts.spoken)

    conversation(script, fakes)


def test_a_spoken_turn() -> None:
    async def script(talk: Talk) -> None:
        transcription: Any = {"input": {"transcription": {"model": "whisper-1"}}}
        await talk.settings(audio=transcription)
        await talk.say("goforward")
        response = await talk.answer()
        assert response["status"] == "completed"
        assert response["output"][0]["content"][0]["transcript"] == "You said: go forward ten meters."
        heard = talk.all("conversation.item.input_audio_transcription.completed")
        assert [event["transcript"] for event in heard] == ["go forward ten meters"]
        order = [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "response.created",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        places = [talk.types().index(name) for name in order]
        assert places == sorted(places)

    conversation(script, Fakes(stt=ScriptedStt(["go forward ten meters"])))


def test_a_round_with_a_tool() -> None:
    call = [
        ToolCallDelta(0, call_id="call_1", name="weather"),
        ToolCallDelta(0, '{"city":'),
        ToolCallDelta(0, '"Rome"}'),
    ]
    llm = ScriptedLlm([call, [TextDelta("It rains in Rome.")]])

    async def script(talk: Talk) -> None:
        await talk.settings(tools=[WEATHER], output_modalities=["text"])
        await talk.write("How is the weather in Rome?")
        await talk.sdk.response.create()
        response = await talk.answer()
        asked = response["output"][0]
        assert (asked["type"], asked["name"], asked["call_id"]) == ("function_call", "weather", "call_1")
        assert json.loads(asked["arguments"]) == {"city": "Rome"}
        output: Any = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
        await talk.sdk.conversation.item.create(item=output)
        await talk.sdk.response.create()
        response = await talk.answer()
        assert response["output"][0]["content"][0]["text"] == "It rains in Rome."
        told = [(message.role, message.text) for message in llm.prompts[1].messages if message.role == "tool"]
        assert told == [("tool", "rain")]

    conversation(script, Fakes(llm=llm))


def test_barge_in_ends_a_long_answer_at_once() -> None:
    llm = ScriptedLlm([said_slowly(LONG, word_s=0.001), [TextDelta("Yes?")]])
    fakes = Fakes(stt=ScriptedStt(["stop", "stop"]), llm=llm)

    async def script(talk: Talk) -> None:
        await talk.write("tell me a story")
        await talk.sdk.response.create()
        for _ in range(3):
            await talk.until("response.output_audio.delta")
        await talk.say("something")
        cut = await talk.answer()
        assert (cut["status"], cut["status_details"]["reason"]) == ("cancelled", "turn_detected")
        assert cut["output"][0]["status"] == "incomplete"
        started = talk.types().index("input_audio_buffer.speech_started")
        assert talk.types().index("response.done") > started
        after = await talk.answer()
        assert (after["status"], after["output"][0]["content"][0]["transcript"]) == ("completed", "Yes?")
        done = talk.events.index(talk.all("response.done")[0])
        assert cut["id"] not in [event.get("response_id") for event in talk.events[done + 1 :]]

    conversation(script, fakes)


def test_after_a_truncation_the_model_is_told_only_what_was_heard() -> None:
    llm = ScriptedLlm([[TextDelta("One two three four five six seven eight nine ten.")], [TextDelta("Fine.")]])
    fakes = Fakes(llm=llm, tts=ToneTts(Tone(word_times=True)))

    async def script(talk: Talk) -> None:
        await talk.write("count to ten")
        await talk.sdk.response.create()
        item = (await talk.answer())["output"][0]
        await talk.sdk.conversation.item.truncate(item_id=item["id"], content_index=0, audio_end_ms=1000)
        await talk.until("conversation.item.truncated")
        await talk.write("go on")
        await talk.sdk.response.create()
        await talk.answer()
        told = next(message.text for message in llm.prompts[1].messages if message.role == "assistant")
        assert told.startswith("One two three")
        assert "six" not in told

    conversation(script, fakes)


def test_cancel_ends_it_and_the_next_answer_works() -> None:
    fakes = Fakes(llm=ScriptedLlm([[TextDelta("Well, "), FOREVER], [TextDelta("Hello.")]]))

    async def script(talk: Talk) -> None:
        await talk.settings(output_modalities=["text"])
        await talk.write("hello")
        await talk.sdk.response.create()
        await talk.until("response.output_text.delta")
        await talk.sdk.response.cancel()
        cut = await talk.answer()
        assert (cut["status"], cut["status_details"]["reason"]) == ("cancelled", "client_cancelled")
        await talk.sdk.response.create()
        assert (await talk.answer())["output"][0]["content"][0]["text"] == "Hello."

    conversation(script, fakes)


def test_push_to_talk() -> None:
    async def script(talk: Talk) -> None:
        await talk.settings(audio={"input": {"turn_detection": None}}, output_modalities=["text"])
        await talk.sdk.input_audio_buffer.append(audio=base64.b64encode(speech_24k("goforward")).decode())
        await talk.sdk.input_audio_buffer.commit()
        await talk.sdk.response.create()
        assert (await talk.answer())["output"][0]["content"][0]["text"] == "You said: go forward."
        assert not talk.all("input_audio_buffer.speech_started")

    conversation(script, Fakes(stt=ScriptedStt(["go forward"])))


def test_a_transcription_session() -> None:
    async def script(talk: Talk) -> None:
        assert talk.events[0]["session"]["type"] == "transcription"
        await talk.say("goforward")
        done = await talk.until("conversation.item.input_audio_transcription.completed")
        assert done["transcript"] == "go forward"
        assert talk.all("conversation.item.input_audio_transcription.delta")

    conversation(script, Fakes(stt=ScriptedStt(["go forward"])), model="whisper-1")


def test_a_failing_engine_costs_that_response_only() -> None:
    llm = ScriptedLlm([[TextDelta("Hm. "), RuntimeError("secret detail")], [TextDelta("Fine.")]])

    async def script(talk: Talk) -> None:
        await talk.settings(output_modalities=["text"])
        await talk.write("hello")
        await talk.sdk.response.create()
        failed = await talk.answer()
        assert failed["status"] == "failed"
        assert "secret" not in json.dumps(failed)
        await talk.sdk.response.create()
        assert (await talk.answer())["status"] == "completed"

    conversation(script, Fakes(llm=llm))


def test_the_time_line_comes_when_asked_for() -> None:
    async def script(talk: Talk) -> None:
        await talk.write("hello")
        await talk.sdk.response.create()
        line = await talk.until("x_ovos.turn.timeline")
        assert {"response_created", "llm_first_token", "first_delta_sent", "done"} <= {
            mark["name"] for mark in line["marks"]
        }

    conversation(script, Fakes(), x_ovos="timeline")


def test_a_model_that_knows_its_own_numbers_is_quoted() -> None:
    llm = ScriptedLlm([[TextDelta("Hi."), LlmDone(usage=LlmUsage(input_tokens=11, output_tokens=3))]])

    async def script(talk: Talk) -> None:
        await talk.settings(output_modalities=["text"])
        await talk.write("hello")
        await talk.sdk.response.create()
        usage = (await talk.answer())["usage"]
        assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (11, 3, 14)

    conversation(script, Fakes(llm=llm), configured(send_rate_limits=False))
