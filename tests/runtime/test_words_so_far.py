"""The words so far, asked for in the middle of an utterance: another stream hears what was said up to there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.engine_events import Transcribed, WordsHeard
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.fakes import ScriptedStt
from tests.runtime.test_recognising import ITEM, Desk, play


def trying(desk: Desk, *tries_ms: int) -> None:
    desk.recognising.start(c.StartTranscript(ITEM, Tick(0), None, tries=tuple(Tick(ms * 48) for ms in tries_ms)))


def test_the_words_so_far_are_told_when_they_are_asked_for() -> None:
    async def scene(desk: Desk) -> None:
        trying(desk, 500, 700)
        for ms in (400, 510, 600, 720):
            desk.recognising.feed(ms * 16)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        desk.finish(end_ms=800)

    desk = play(ScriptedStt(), scene)
    told = [WordsHeard(ITEM, "", any_words=True, unstable=text) for text in ("510 ms", "720 ms")]
    assert desk.notes == [*told, Transcribed(ITEM, "800 ms", "en")]
    assert [utterance.heard_ms for utterance in desk.stt.utterances] == [800, 510, 720]
    assert desk.stt.open_streams == 0


def test_one_trial_is_enough_where_several_are_due() -> None:
    async def scene(desk: Desk) -> None:
        trying(desk, 500, 700)
        desk.recognising.feed(900 * 16)
        await asyncio.sleep(0)
        desk.recognising.feed(950 * 16)
        desk.finish(end_ms=1000)

    assert len(play(ScriptedStt(), scene).stt.utterances) == 2


@pytest.mark.parametrize("text", [" ", EngineError("broken")])
def test_a_trial_without_words_is_nothing(text: str | Exception) -> None:
    async def scene(desk: Desk) -> None:
        trying(desk, 500)
        desk.recognising.feed(600 * 16)
        await asyncio.sleep(0)
        desk.finish(end_ms=800)

    desk = play(ScriptedStt(["all of it", text], word_ms=10_000), scene)
    assert desk.notes == [Transcribed(ITEM, "all of it", "en")]


def ends_it(desk: Desk) -> None:
    desk.finish(end_ms=800)


def drops_it(desk: Desk) -> None:
    desk.recognising.drop(ITEM)


def guesses_it(desk: Desk) -> None:
    desk.recognising.guess(c.GuessTranscript(ITEM, Tick(800 * 48)))


@pytest.mark.parametrize("over", [ends_it, drops_it, guesses_it])
def test_a_trial_ends_with_its_utterance(over: Callable[[Desk], None]) -> None:
    async def scene(desk: Desk) -> None:
        trying(desk, 500)
        desk.recognising.feed(600 * 16)
        await asyncio.sleep(0)
        over(desk)

    desk = play(ScriptedStt(["all of it", "some of it"], word_ms=10_000), scene)
    assert [note for note in desk.notes if isinstance(note, WordsHeard)] == []
    assert desk.stt.open_streams == 0


def test_in_a_guess_nobody_asks_for_less() -> None:
    async def scene(desk: Desk) -> None:
        trying(desk, 500)
        desk.recognising.feed(400 * 16)
        desk.recognising.guess(c.GuessTranscript(ITEM, Tick(600 * 48)))
        desk.recognising.feed(700 * 16)
        await asyncio.sleep(0)
        desk.finish(end_ms=700)

    assert len(play(ScriptedStt(), scene).stt.utterances) == 1
