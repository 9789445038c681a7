"""One reply, from its order to its end."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest

from ovos_voice_agent.core.engine_events import (
    PhraseStarted,
    ReplyAudio,
    ReplyCall,
    ReplyFailed,
    ReplyFinished,
    ReplyText,
    ReplyUsage,
    StageReached,
)
from ovos_voice_agent.engines.interface import LlmDone, LlmUsage, TextDelta, ToolCallDelta
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.protocol.objects import FunctionCallItem, ItemId
from ovos_voice_agent.protocol.settings import FunctionTool
from ovos_voice_agent.runtime.failure import OUR_FAULT
from ovos_voice_agent.runtime.speaking import Speaking
from ovos_voice_agent.runtime.world import StageLimits
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedLlm, Step, Tone, ToneTts, said_slowly
from tests.runtime.scenes import Client, Notes, run, said, start_reply, world

TOOLS = (FunctionTool("look"), FunctionTool("go"))


def reply(
    *steps: Step, tts: ToneTts | None = None, limits: StageLimits | None = None, items: Any = (), **changes: Any
) -> Notes:
    """All reports of a reply for which the model takes these steps."""
    llm, voice = ScriptedLlm([steps]), tts or ToneTts()

    async def scene() -> Notes:
        notes = Notes()
        shared = world(llm=llm, tts=voice, limits=limits)
        await Speaking(start_reply(items, **changes), shared, notes.take, Client().writable).run()
        return notes

    notes = run(scene())
    assert (llm.open_streams, voice.open_streams) == (0, 0)
    assert {note.response_id for note in notes} == {"resp_1"}
    return notes


def kinds(notes: Notes) -> list[str]:
    return [kind for kind, _ in itertools.groupby(type(note).__name__ for note in notes)]


def text_of(notes: Notes) -> str:
    return "".join(note.text for note in notes.of(ReplyText))


def test_a_spoken_reply() -> None:
    notes = reply(*said_slowly("Hello there, my friend. How are you?"))
    assert text_of(notes) == "Hello there, my friend. How are you?"
    spoken = [(note.start, note.end) for note in notes.of(PhraseStarted)]
    assert spoken == [(0, 12), (12, 24), (24, 36)]
    assert sum(len(note.audio) for note in notes.of(ReplyAudio)) == sum(
        2 * ToneTts().samples_of(text) for text in ("Hello there,", "my friend.", "How are you?")
    )
    assert notes.of(StageReached) == [StageReached("resp_1", "first_phrase")]
    assert notes[-1] == ReplyFinished("resp_1", "stop", ReplyUsage())
    assert isinstance(notes[0], ReplyText)


def test_a_phrase_is_spoken_while_the_model_goes_on() -> None:
    notes = reply(TextDelta("Hello there, "), 0.01, TextDelta("my friend. "))
    assert kinds(notes)[:4] == ["ReplyText", "StageReached", "PhraseStarted", "ReplyAudio"]
    assert kinds(notes)[4] == "ReplyText"


def test_what_is_to_be_said_needs_no_model() -> None:
    tts = ToneTts()
    notes = reply(EngineError("nobody asks"), tts=tts, say="Welcome aboard.")
    assert text_of(notes) == "Welcome aboard."
    assert [spoken.text for spoken in tts.spoken] == ["Welcome aboard."]
    assert notes[-1] == ReplyFinished("resp_1", "stop", ReplyUsage())


def test_the_words_of_a_voice_without_times_are_told_as_estimated() -> None:
    told = [note for note in reply(TextDelta("One two."), tts=ToneTts()).of(ReplyAudio) if note.words]
    assert {(note.audio, note.estimated) for note in told} == {(b"", True)}
    assert [word.end for word in told[-1].words] == [3, 8]
    measured = reply(TextDelta("One two."), tts=ToneTts(Tone(word_times=True))).of(ReplyAudio)
    assert not any(note.estimated for note in measured)


def test_a_written_reply_has_no_voice() -> None:
    tts = ToneTts()
    notes = reply(*said_slowly("Just text."), tts=tts, spoken=False)
    assert kinds(notes) == ["ReplyText", "ReplyFinished"]
    assert tts.spoken == []


def test_how_the_model_ended_is_told() -> None:
    usage = LlmUsage(input_tokens=10, output_tokens=5, cached_tokens=3)
    notes = reply(TextDelta("Cut of"), LlmDone("length", usage))
    assert notes[-1] == ReplyFinished("resp_1", "length", ReplyUsage(10, 5, 3))
    assert kinds(notes).count("ReplyAudio") == 1, "what was written is spoken"


def test_an_empty_answer_is_an_end() -> None:
    assert kinds(reply(TextDelta(" \n"))) == ["ReplyFinished"]


def test_the_voice_is_told_what_the_session_asks() -> None:
    tts = ToneTts()
    reply(TextDelta("Hi."), tts=tts, voice="other", speed=1.2, language="en")
    [spoken] = tts.spoken
    assert (spoken.options.voice, spoken.options.speed, spoken.options.language) == ("other", 1.2, "en")


# ---------------------------------------------------------------------------------------------------------------- calls


def call(index: int, name: str, call_id: str = "call_a", *arguments: str) -> list[Step]:
    return [ToolCallDelta(index, "", call_id, name), *(ToolCallDelta(index, piece) for piece in arguments)]


def test_a_call_waits_until_the_text_before_it_is_spoken() -> None:
    notes = reply(TextDelta("\n\nI will look. "), *call(0, "look", "call_a", '{"x":', "1}"), tools=TOOLS)
    assert text_of(notes) == "I will look. "
    assert kinds(notes)[-2:] == ["ReplyCall", "ReplyFinished"]
    assert sum(len(note.audio) for note in notes.of(ReplyAudio)) == 2 * ToneTts().samples_of("I will look.")
    assert notes.of(ReplyCall) == [
        ReplyCall("resp_1", 0, "", "call_a", "look"),
        ReplyCall("resp_1", 0, '{"x":'),
        ReplyCall("resp_1", 0, "1}"),
    ]


def test_text_behind_a_call_is_another_message() -> None:
    notes = reply(TextDelta("One. "), *call(0, "look"), TextDelta("Two. "), tools=TOOLS)
    assert [(note.start, note.end) for note in notes.of(PhraseStarted)] == [(0, 5), (0, 5)]
    shape = [kind for kind in kinds(notes) if kind in {"ReplyText", "ReplyCall", "ReplyAudio"}]
    assert shape == ["ReplyText", "ReplyAudio", "ReplyCall", "ReplyText", "ReplyAudio"]


def test_several_calls_and_their_ids() -> None:
    long_id = "x" * 40
    steps = [*call(0, "look", "call_a"), *call(1, "go", long_id), *call(2, "go", "call_a"), *call(3, "go", "old")]
    earlier = FunctionCallItem(ItemId("i"), "completed", "go", "old", "{}")
    calls = reply(*steps, tools=TOOLS, items=(said("go"), earlier)).of(ReplyCall)
    assert [(made.index, made.name) for made in calls] == [(0, "look"), (1, "go"), (2, "go"), (3, "go")]
    assert [made.call_id for made in calls] == ["call_a", "call_1", "call_2", "call_3"]


def test_broken_arguments_are_handed_on() -> None:
    calls = reply(*call(0, "look", "a", '{"x": '), tools=TOOLS).of(ReplyCall)
    with pytest.raises(json.JSONDecodeError):
        json.loads("".join(made.arguments for made in calls))


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, ["look", "go"]),
        ({"parallel_tool_calls": False}, ["look"]),
        ({"tools": TOOLS[1:]}, ["go"]),
    ],
)
def test_calls_that_were_not_asked_for_are_dropped(changes: dict[str, Any], left: list[str]) -> None:
    notes = reply(*call(0, "look", "a", "{}"), *call(1, "go", "b", "{}"), **{"tools": TOOLS, **changes})
    assert [made.name for made in notes.of(ReplyCall) if made.name] == left
    assert len(notes.of(ReplyCall)) == 2 * len(left)
    assert kinds(notes)[-1] == "ReplyFinished"


def test_nothing_but_a_dropped_call_is_a_failure() -> None:
    notes = reply(*call(0, "fly"), tools=TOOLS)
    assert [type(note) for note in notes] == [ReplyFailed]
    assert notes[0].stage == "llm"
    assert kinds(reply(*call(0, "look"), tools=TOOLS, tool_choice="none")) == ["ReplyFailed"]
    assert kinds(reply(TextDelta("No."), *call(0, "fly"), spoken=False)) == ["ReplyText", "ReplyFinished"]


# ------------------------------------------------------------------------------------------------------------- failures

QUICK = StageLimits(llm_first_s=0.01, llm_silence_s=0.01, tts_first_s=0.01, tts_silence_s=0.01)


@pytest.mark.parametrize(
    ("steps", "tone", "told"),
    [
        ([EngineError("Gone.", code="model_unavailable")], Tone(), ("llm", "model_unavailable", "Gone.")),
        ([TextDelta("Hi"), KeyError("bug")], Tone(), ("llm", "server_error", OUR_FAULT)),
        ([FOREVER], Tone(), ("llm", "server_error", "The language model took too long to answer.")),
        ([TextDelta("Hi"), FOREVER], Tone(), ("llm", "server_error", "The language model took too long to answer.")),
        ([TextDelta("Hi. ")], Tone(latency_s=FOREVER), ("tts", "server_error", "The voice took too long to speak.")),
        ([TextDelta("Hi. ")], Tone(error=EngineError("Hoarse.")), ("tts", "server_error", "Hoarse.")),
        ([TextDelta("Hi. "), 0.02], Tone(error=ValueError("bug")), ("tts", "server_error", OUR_FAULT)),
    ],
)
def test_every_failure_is_told_once(steps: list[Step], tone: Tone, told: tuple[str, str, str]) -> None:
    notes = reply(*steps, tts=ToneTts(tone), limits=QUICK)
    [failed] = notes.of(ReplyFailed)
    assert (failed.stage, failed.code, failed.message) == told
    assert notes[-1] is failed


def test_an_answer_that_breaks_off_is_a_failure() -> None:
    class Short(ScriptedLlm):
        async def reply(self, prompt: Any) -> Any:
            yield TextDelta("Hel")

    async def scene() -> Notes:
        notes = Notes()
        await Speaking(start_reply(), world(llm=Short()), notes.take, Client().writable).run()
        return notes

    assert run(scene())[-1] == ReplyFailed("resp_1", "llm", "server_error", "The language model's answer broke off.")


def test_a_conversation_that_is_too_long() -> None:
    async def scene() -> Notes:
        notes = Notes()
        command = start_reply([said("x" * 4000)], truncation="disabled")
        await Speaking(command, world(context_tokens=100), notes.take, Client().writable).run()
        return notes

    [failed] = run(scene())
    assert (failed.stage, failed.code) == ("llm", "context_length_exceeded")


# ---------------------------------------------------------------------------------------------------- stopping, waiting


@pytest.mark.parametrize("steps", [[FOREVER], said_slowly("On and on. " * 50)])
def test_cancelling_stops_everything_at_once(steps: list[Step]) -> None:
    llm, tts = ScriptedLlm([steps]), ToneTts(Tone(piece_s=0.001))

    async def scene() -> Notes:
        notes = Notes()
        speaking = Speaking(start_reply(), world(llm=llm, tts=tts), notes.take, Client().writable)
        task = asyncio.ensure_future(speaking.run())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return notes

    assert not {ReplyFinished, ReplyFailed} & {type(note) for note in run(scene())}
    assert (llm.open_streams, tts.open_streams) == (0, 0)


def test_a_slow_reader_slows_model_and_voice_down() -> None:
    read = []

    class Eager(ScriptedLlm):
        async def reply(self, prompt: Any) -> Any:
            for number in range(100_000):
                read.append(number)
                yield TextDelta("Another sentence here. ")

    async def scene() -> Notes:
        notes, client, tts = Notes(), Client(), ToneTts()
        client.block()
        speaking = Speaking(start_reply(), world(llm=Eager(), tts=tts), notes.take, client.writable)
        task = asyncio.ensure_future(speaking.run())
        for _ in range(100):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return notes

    assert run(scene()) == []
    assert len(read) == 1
