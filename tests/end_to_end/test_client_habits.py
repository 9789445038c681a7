"""What clients do that are not run in our tests, each on the wire (protocol.md 9.4, 9.7, 9.8, 9.11, 9.12)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from openai.types.beta.realtime import RealtimeServerEvent
from pydantic import TypeAdapter, ValidationError

from ovos_voice_agent.engines.interface import TextDelta, ToolCallDelta
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from tests.end_to_end.talking import Fakes
from tests.end_to_end.wires import Event, Line, play

pytestmark = pytest.mark.real

VOICES = {"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"}
STORY = " ".join(f"This is sentence {number} of a long story." for number in range(200))
TOOL = {"type": "function", "name": "search", "parameters": {"type": "object", "properties": {}}}
CALL = [ToolCallDelta(0, "{}", call_id="call_1", name="search")]


# -------------------------------------------------------------------------------------- @openai/realtime-api-beta (9.4)


class Mirror:
    """The conversation as that library builds it: it throws on an event about an item that it does not know yet."""

    def __init__(self) -> None:
        self.items: dict[str, Event] = {}
        self.announced: set[str] = set()

    def take(self, event: Event) -> None:
        kind = event["type"]
        if kind == "response.output_item.added":
            self.announced.add(event["item"]["id"])
        elif kind == "conversation.item.created":
            item = event["item"]
            assert isinstance(item.get("content", []), list)
            assert item["role" if item["type"] == "message" else "call_id"]
            assert item.get("role") != "assistant" or item["id"] in self.announced
            self.items[item["id"]] = {**item, "transcript": "", "audio": b"", "arguments": item.get("arguments", "")}
        elif kind.startswith("response.") and "item_id" in event:
            self._grow(self.items[event["item_id"]], event)

    def _grow(self, item: Event, event: Event) -> None:
        kind = event["type"]
        if kind == "response.content_part.added":
            item["transcript"] += event["part"].get("transcript") or event["part"].get("text") or ""
        elif kind == "response.audio_transcript.delta":
            item["transcript"] += event["delta"]
        elif kind == "response.audio.delta":
            item["audio"] += base64.b64decode(event["delta"])
            assert len(item["audio"]) % 2 == 0
        elif kind == "response.function_call_arguments.delta":
            item["arguments"] += event["delta"]


def test_the_beta_library_configures_before_it_is_greeted_and_builds_the_conversation() -> None:
    fakes = Fakes(llm=ScriptedLlm([[TextDelta("Hello "), TextDelta("you.")], CALL]))
    session = {
        "modalities": ["text", "audio"],
        "instructions": "",
        "voice": "verse",
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": None,
        "turn_detection": None,
        "tools": [TOOL],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": 4096,
    }

    async def script(line: Line) -> None:
        await line.send("session.update", event_id="evt_1", session=session)
        await line.write("hello")
        await line.send("response.create", event_id="evt_2")
        await line.until("response.done")
        await line.write("search")
        await line.send("response.create", event_id="evt_3")
        await line.until("response.done")

    line = play(script, fakes, subprotocols=["realtime", "openai-insecure-api-key.sk", "openai-beta.realtime-v1"])
    assert not line.all("error")
    mirror = Mirror()
    for event in line.events:
        mirror.take(event)
    user, said, _, called = mirror.items.values()
    assert user["content"] == [{"type": "input_text", "text": "hello"}]
    assert said["transcript"] == "Hello you."
    assert said["audio"]
    assert (called["name"], called["call_id"], called["arguments"]) == ("search", "call_1", "{}")


# --------------------------------------------------------------------------- Azure's samples, rtclient, VoiceRAG (9.11)


def test_rtclient_can_read_its_session() -> None:
    """Its model of a session is strict: these keys, these literal values."""
    session = {
        "modalities": ["text", "audio"],
        "turn_detection": {"type": "none"},
        "input_audio_format": "g711-ulaw",
        "output_audio_format": "g711-alaw",
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": "search"},
        "temperature": 0.7,
    }

    async def script(line: Line) -> None:
        check(await line.next(), formats={"pcm16"})
        await line.send("session.update", session=session)
        updated = check(await line.until("session.updated"), formats={"g711-ulaw", "g711-alaw"})
        assert updated["turn_detection"] is None
        assert updated["tool_choice"]["function"] == "search"
        assert updated["temperature"] == 0.7

    def check(event: Event, formats: set[str]) -> Event:
        session: Event = event["session"]
        assert all(isinstance(session[key], str) for key in ("id", "model", "instructions"))
        assert session["voice"] in VOICES
        assert set(session["modalities"]) <= {"text", "audio"}
        assert {session["input_audio_format"], session["output_audio_format"]} == formats
        assert 0.6 <= session["temperature"] <= 1.2
        assert isinstance(session["tools"], list)
        assert {"input_audio_transcription", "turn_detection", "max_response_output_tokens"} <= session.keys()
        assert session["turn_detection"] is None or session["turn_detection"]["type"] == "server_vad"
        return session

    assert not play(script, dialect="azure-preview").all("error")


def test_rtclient_brings_items_along_with_a_response() -> None:
    llm = ScriptedLlm()

    async def script(line: Line) -> None:
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "first"}]}
        asked = {"commit": True, "cancel_previous": True, "append_input_items": [item], "modalities": ["text"]}
        await line.send("response.create", response=asked)
        assert (await line.until("conversation.item.created"))["item"]["role"] == "user"
        done = (await line.until("response.done"))["response"]
        assert done["output"][0]["content"] == [{"type": "text", "text": "You said: first."}]

    assert not play(script, Fakes(llm=llm), dialect="azure-preview").all("error")


def test_the_middle_tier_of_voicerag_finds_its_calls() -> None:
    """It sends leftovers, indexes calls by `conversation.item.created`, and asks again on `response.done`."""
    session = {"turn_detection": {"type": "server_vad"}, "disable_audio": False, "tools": [TOOL], "tool_choice": "auto"}

    async def script(line: Line) -> None:
        await line.send("session.update", session=session)
        await line.write("search")
        await line.send("response.create")
        known = {}
        while (event := await line.next())["type"] != "response.done":
            if event["type"] == "conversation.item.created" and event["item"]["type"] == "function_call":
                known[event["item"]["call_id"]] = event["previous_item_id"]
            if event["type"] == "response.output_item.done" and event["item"]["type"] == "function_call":
                assert known[event["item"]["call_id"]] is not None
                output = {"type": "function_call_output", "call_id": event["item"]["call_id"], "output": "found"}
                await line.send("conversation.item.create", item=output)
        assert isinstance(event["response"]["output"], list)
        await line.send("response.create")
        assert (await line.until("response.done"))["response"]["status"] == "completed"

    fakes = Fakes(llm=ScriptedLlm([CALL, [TextDelta("Found.")]]))
    assert not play(script, fakes, dialect="azure-preview").all("error")


# --------------------------------------------------------------------------------------------- telephony bridges (9.12)


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_a_telephone_interrupts_with_a_position_that_is_too_late(dialect: str) -> None:
    mu_law = {"type": "audio/pcmu"}
    session: Any = {"type": "realtime", "audio": {"input": {"format": mu_law}, "output": {"format": mu_law}}}
    if dialect == "beta":
        session = {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_ulaw", "voice": "alloy"}
    delta = {"ga": "response.output_audio.delta", "beta": "response.audio.delta"}[dialect]
    fakes = Fakes(stt=ScriptedStt(["stop"]), llm=ScriptedLlm([said_slowly(STORY, word_s=0.001), [TextDelta("Yes?")]]))

    async def script(line: Line) -> None:
        await line.send("session.update", session=session)
        await line.write("tell me a story")
        await line.send("response.create")
        event = await line.until(delta)
        assert 0 < len(base64.b64decode(event["delta"])) <= 1600, "a fifth of a second at eight bytes a millisecond"
        loud, quiet = base64.b64encode(b"\x00\xff" * 80).decode(), base64.b64encode(b"\xff" * 160).decode()
        for frame in [loud] * 25 + [quiet] * 60:
            await line.send("input_audio_buffer.append", audio=frame)
        await line.until("input_audio_buffer.speech_started")
        place = {"item_id": event["item_id"], "content_index": 0, "audio_end_ms": 600_000}
        await line.send("conversation.item.truncate", **place)
        cut = (await line.until("response.done"))["response"]
        assert cut["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        if not line.all("conversation.item.truncated"):
            await line.until("conversation.item.truncated")
        [truncated] = line.all("conversation.item.truncated")
        assert truncated["audio_end_ms"] < 600_000
        assert (await line.until("response.done"))["response"]["status"] == "completed"

    assert not play(script, fakes, dialect).all("error")


# ---------------------------------------------------------------------- transcription by pipecat and livekit (9.7, 9.8)


def test_speech_to_text_services_commit_by_themselves() -> None:
    """They turn detection off and need one `completed` for each commit. livekit names the model as well."""
    fakes = Fakes(stt=ScriptedStt(["go forward", "ten meters"]))
    heard = {"transcription": {"model": "gpt-4o-transcribe", "language": "en"}, "turn_detection": None}

    async def script(line: Line) -> None:
        assert (await line.next())["session"]["type"] == "transcription"
        await line.send("session.update", session={"type": "transcription", "audio": {"input": heard}})
        await line.until("session.updated")
        for text in ("go forward", "ten meters"):
            await line.say("goforward")
            await line.send("input_audio_buffer.commit")
            committed = await line.until("input_audio_buffer.committed")
            done = await line.until("conversation.item.input_audio_transcription.completed")
            assert (done["item_id"], done["transcript"]) == (committed["item_id"], text)

    assert not play(script, fakes, path="/v1/realtime?intent=transcription&model=gpt-4o-transcribe").all("error")


def test_a_transcription_session_of_the_preview() -> None:
    fakes = Fakes(stt=ScriptedStt(["go forward"]))
    session = {
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en", "prompt": ""},
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
        "input_audio_noise_reduction": {"type": "near_field"},
        "include": ["item.input_audio_transcription.logprobs"],
    }

    async def script(line: Line) -> None:
        created = await line.next()
        assert created["type"] == "transcription_session.created"
        assert created["session"]["object"] == "realtime.transcription_session"
        await line.send("transcription_session.update", session=session)
        updated = (await line.until("transcription_session.updated"))["session"]
        assert updated["input_audio_transcription"] == session["input_audio_transcription"]
        assert updated["turn_detection"]["silence_duration_ms"] == 300
        await line.say("goforward")
        done = await line.until("conversation.item.input_audio_transcription.completed")
        assert done["transcript"] == "go forward"

    assert not play(script, fakes, path="/v1/realtime?intent=transcription&dialect=beta").all("error")


def test_the_kind_of_a_preview_session_cannot_be_changed() -> None:
    async def script(line: Line) -> None:
        await line.send("transcription_session.update", session={"input_audio_format": "pcm16"})
        error = (await line.until("error"))["error"]
        assert (error["code"], error["param"]) == ("invalid_parameter", None)

    play(script, dialect="beta")


# --------------------------------------------------------------------------------------- the preview's own types (1.10)

NARROWER = {
    ("content", "type"),
    ("status",),
    ("previous_item_id",),
}
"""What the service sent and the SDK of its time did not list: content `audio`, status `in_progress`, a first item."""


def test_preview_events_are_of_the_types_of_the_sdk() -> None:
    """Loosely: what the SDK declares must be there; values that it did not list are known (protocol.md 1.10)."""
    adapter: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)

    async def script(line: Line) -> None:
        detection = {"type": "server_vad", "silence_duration_ms": 700}
        transcription = {"model": "whisper-1"}
        session = {"input_audio_transcription": transcription, "turn_detection": detection, "tools": [TOOL]}
        await line.send("session.update", session=session)
        await line.say("goforward")
        await line.until("response.done")
        await line.write("search")
        await line.send("response.create")
        await line.until("response.function_call_arguments.done")
        await line.until("response.done")
        await line.send("input_audio_buffer.clear")
        await line.until("input_audio_buffer.cleared")

    fakes = Fakes(stt=ScriptedStt(["go forward"]), llm=ScriptedLlm([[TextDelta("Going.")], CALL]))
    line = play(script, fakes, dialect="beta")
    assert len(set(line.types())) > 20, "a mere part of them"
    assert not line.all("error")
    for event in line.events:
        problems = _problems(adapter, event)
        assert problems == set(), (event["type"], problems)


def _problems(adapter: TypeAdapter[Any], event: Event) -> set[tuple[Any, ...]]:
    try:
        adapter.validate_python(event)
    except ValidationError as error:
        found = {tuple(part for part in problem["loc"] if isinstance(part, str)) for problem in error.errors()}
        return {path for path in found if not any(path[-len(known) :] == known for known in NARROWER)}
    return set()
