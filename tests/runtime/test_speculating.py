"""Whole conversations of a server that answers ahead, and of one that waits for words before it is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.session import Session
from ovos_voice_agent.engines.interface import LlmDone, LlmEvent, Prompt
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.settings import SemanticVad, TurnDetection
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, ToneTts, said_slowly
from tests.runtime.scenes import run, session, silence_24k, tone_24k
from tests.runtime.test_runner import Call
from tests.runtime.waiting import until


class Storyteller(ScriptedLlm):
    """Its story does not end before it was heard out."""

    def __init__(self, story: str) -> None:
        super().__init__([said_slowly(story)])
        self.heard_out = asyncio.Event()

    async def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        async with aclosing(super().reply(prompt)) as story:
            async for event in story:
                if isinstance(event, LlmDone):
                    await self.heard_out.wait()
                yield event


async def settle() -> None:
    """Let every task run until it waits: the engines take no time."""
    for _ in range(200):
        await asyncio.sleep(0)


class EagerCall(Call):
    """A connection of a server that answers ahead."""

    def new_session(self, detection: TurnDetection | None) -> Session:
        return session(detection, Offer(speculation="replies"))

    def guesses(self, work: str, outcome: str) -> float:
        return self.world.metrics.guesses.labels(work, outcome)._value.get()


def test_an_answer_is_ready_when_the_turn_is_over() -> None:
    llm, tts = ScriptedLlm([said_slowly("It is noon, and the sun is shining.")]), ToneTts()

    async def scene() -> EagerCall:
        call = EagerCall(stt=ScriptedStt(["what time is it"]), llm=llm, tts=tts)
        await call.speak(silence_24k(320) + tone_24k(1280) + silence_24k(320))
        await call.runner.caught_up()
        await until(lambda: tts.spoken)
        await settle()
        assert "response.created" not in call.client.types
        assert len(llm.prompts) == 1
        call.runner.post(ce.InputAudioBufferAppend(audio=silence_24k(320)))
        await call.runner.caught_up()
        assert call.client.events.of(se.ResponseOutputAudioDelta), "told at once"
        assert (await call.done()).status == "completed"
        await call.runner.close()
        return call

    call = run(scene())
    assert call.client.types[1:11] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
    ]
    assert len(llm.prompts) == 1
    assert [call.guesses(work, "used") for work in ("transcript", "reply")] == [1, 1]


def test_who_pauses_and_goes_on_is_answered_once_and_to_all_that_was_said() -> None:
    stt, llm = ScriptedStt(), ScriptedLlm()

    async def scene() -> EagerCall:
        call = EagerCall(stt=stt, llm=llm)
        await call.speak(tone_24k(640) + silence_24k(320))
        await call.runner.caught_up()
        await until(lambda: len(llm.prompts) == 1)
        await call.speak(tone_24k(640) + silence_24k(320))
        await until(lambda: len(llm.prompts) == 2)
        await call.speak(silence_24k(320))
        assert (await call.done()).status == "completed"
        await call.runner.close()
        return call

    call = run(scene())
    said = "".join(event.delta for event in call.client.events.of(se.ResponseOutputAudioTranscriptDelta))
    assert said == f"You said: {stt.utterances[1].heard_ms} ms."
    assert len(call.client.events.of(se.ResponseCreated)) == 1
    assert stt.utterances[1].heard_ms > 1280, "all of it again"
    outcomes = [(work, outcome) for work in ("transcript", "reply") for outcome in ("started", "used", "withdrawn")]
    assert [call.guesses(*one) for one in outcomes] == [2, 1, 1, 2, 1, 1]
    assert (llm.open_streams, stt.open_streams) == (0, 0)


@pytest.mark.parametrize(("heard", "status"), [("wait a moment", "cancelled"), ("uh-huh", "completed")])
def test_only_words_interrupt_where_meaning_decides(heard: str, status: str) -> None:
    llm = Storyteller("Once upon a time there was a king. ")

    async def scene() -> Any:
        call = Call(SemanticVad(), stt=ScriptedStt([heard, heard], word_ms=100), llm=llm)
        await call.ask("tell me a story")
        await call.client.events.until(se.ResponseOutputAudioDelta)
        await call.speak(tone_24k(400) + silence_24k(320))
        await call.runner.caught_up()
        await settle()
        llm.heard_out.set()
        response = await call.done()
        await call.runner.close()
        return response, call.client.types

    response, types = run(scene())
    assert response.status == status
    assert ("input_audio_buffer.speech_started" in types) is (status == "cancelled")
