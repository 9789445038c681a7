"""Conversations with what the package brings (Silero, PocketSphinx, the offline persona, espeak-ng), on real speech."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ovos_voice_agent.app import Running, running
from tests.end_to_end.talking import Talk, configured, talking
from tests.recordings import transcript

pytestmark = pytest.mark.real

LIMIT_S = 60.0


class Server:
    """One server for all tests of this file, on a loop of its own: its engines take a second to start."""

    def __init__(self, runner: asyncio.Runner, server: Running) -> None:
        self._runner = runner
        self.server = server

    def talk(self, script: Any, **query: str) -> None:
        async def play() -> None:
            async with talking(self.server, **query) as talk:
                await script(talk)

        self._runner.run(asyncio.wait_for(play(), LIMIT_S))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        block = running(configured())
        started = runner.run(block.__aenter__())
        stack.callback(lambda: runner.run(block.__aexit__(None, None, None)))
        yield Server(runner, started)


def answer_of(response: dict[str, Any]) -> str:
    assert response["status"] == "completed", response
    part = response["output"][0]["content"][0]
    return str(part.get("transcript") or part.get("text"))


def test_a_sum_in_words_is_answered_in_words(server: Server) -> None:
    async def script(talk: Talk) -> None:
        await talk.settings(output_modalities=["text"])
        await talk.write("What is six times seven?")
        await talk.sdk.response.create()
        assert "42" in answer_of(await talk.answer())

    server.talk(script)


def test_speech_is_heard_understood_and_answered_in_speech(server: Server) -> None:
    async def script(talk: Talk) -> None:
        transcription: Any = {"input": {"transcription": {"model": "whisper-1"}}}
        await talk.settings(audio=transcription)
        await talk.say("goforward")
        words = answer_of(await talk.answer())
        heard = talk.all("conversation.item.input_audio_transcription.completed")[0]["transcript"]
        assert heard == transcript("goforward")
        assert talk.all("conversation.item.input_audio_transcription.delta")
        sound = b"".join(base64.b64decode(event["delta"]) for event in talk.all("response.output_audio.delta"))
        seconds = len(sound) / 48_000
        assert len(words.split()) / 5 < seconds < len(words.split())  # as fast as people speak, or so
        started = talk.all("input_audio_buffer.speech_started")[0]
        assert 0 <= started["audio_start_ms"] <= 500

    server.talk(script)


def test_a_person_can_interrupt(server: Server) -> None:
    """The answer is longer than all buffers between voice and client, so that it is still being made."""

    async def script(talk: Talk) -> None:
        await talk.write("Repeat after me: " + "the quick brown fox jumps over the lazy dog " * 120)
        await talk.sdk.response.create()
        await talk.until("response.output_audio.delta")
        await talk.say("something")
        cut = await talk.answer()
        assert (cut["status"], cut["status_details"]["reason"]) == ("cancelled", "turn_detected")
        assert answer_of(await talk.answer())

    server.talk(script)


def test_two_people_at_once(server: Server) -> None:
    async def one(talk: Talk, recording: str) -> str:
        transcription: Any = {"input": {"transcription": {"model": "pocketsphinx"}}}
        await talk.settings(audio=transcription, output_modalities=["text"])
        await talk.say(recording)
        await talk.answer()
        return str(talk.all("conversation.item.input_audio_transcription.completed")[0]["transcript"])

    async def both() -> list[str]:
        async with talking(server.server) as first, talking(server.server) as second:
            return list(await asyncio.gather(one(first, "goforward"), one(second, "something")))

    heard = server._runner.run(asyncio.wait_for(both(), LIMIT_S))
    assert heard == [transcript("goforward"), transcript("something")]


def test_nothing_is_left_of_all_these_sessions(server: Server) -> None:
    async def emptied() -> int:
        return await server.server.application.hub.drain(10)

    server.talk(lambda talk: talk.settings(output_modalities=["text"]))
    assert server._runner.run(emptied()) == 0
