"""What the recogniser is fed, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.engine_events import (
    NotGuessed,
    Transcribed,
    TranscriptGuessed,
    TranscriptionFailed,
    WordsHeard,
)
from ovos_voice_agent.engines.interface import EngineInfo, Partial, SttOptions
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import Transcription
from ovos_voice_agent.runtime.failure import OUR_FAULT
from ovos_voice_agent.runtime.intake import Intake
from ovos_voice_agent.runtime.recognising import GUESS_LIMIT_SAMPLES, Recognising
from ovos_voice_agent.runtime.world import StageLimits
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedStt, ScriptedSttStream
from tests.runtime.scenes import PCM_24K, Notes, run, spawner, tone_24k, world

ITEM = ItemId("item_1")
OTHER = ItemId("item_2")
AUDIO = tone_24k(2000)


class Desk:
    """A recogniser with two seconds of audio."""

    def __init__(self, stt: ScriptedStt, **limits: float) -> None:
        self.stt = stt
        self.notes = Notes()
        self.intake = Intake()
        self.tasks: set[asyncio.Task[None]] = set()
        self.intake.push(AUDIO, PCM_24K, Tick(0))
        shared = world(stt=stt, limits=StageLimits(**limits), recogniser_name={"whisper-1": "base"}.get)
        self.recognising = Recognising(shared, self.intake, self.notes.take, spawner(self.tasks))

    def start(self, item: ItemId = ITEM, start_ms: int = 0, settings: Transcription | None = None) -> None:
        self.recognising.start(c.StartTranscript(item, Tick(start_ms * 48), settings))

    def finish(self, item: ItemId = ITEM, end_ms: int = 1000) -> None:
        self.recognising.finish(c.FinishTranscript(item, Tick(end_ms * 48)))


def play(stt: ScriptedStt, scene: Callable[[Desk], object], **limits: float) -> Desk:
    async def whole() -> Desk:
        desk = Desk(stt, **limits)
        result = scene(desk)
        if asyncio.iscoroutine(result):
            await result
        if desk.tasks:
            await asyncio.wait(desk.tasks)
        return desk

    return run(whole())


def test_an_utterance_is_fed_exactly_its_samples() -> None:
    def scene(desk: Desk) -> None:
        desk.start(start_ms=100)
        for ms in (300, 300, 200, 900):
            desk.recognising.feed(ms * 16)
        desk.finish(end_ms=1000)
        desk.recognising.feed(2000 * 16)

    desk = play(ScriptedStt(), scene)
    [utterance] = desk.stt.utterances
    assert bytes(utterance.pcm) == desk.intake.slice(1600, 16_000)
    assert desk.notes == [Transcribed(ITEM, "900 ms", "en")]
    assert desk.stt.open_streams == 0


def test_words_are_reported_as_they_come() -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        assert desk.recognising.words == ("", None)
        desk.recognising.feed(650 * 16)
        assert desk.recognising.words == ("what time", None)
        desk.finish(end_ms=1000)
        assert desk.recognising.words == ("", None)

    desk = play(ScriptedStt(["what time is it"]), scene)
    assert desk.notes == [
        WordsHeard(ITEM, "what time", any_words=True),
        WordsHeard(ITEM, "what time is", any_words=True),
        Transcribed(ITEM, "what time is it", "en"),
    ]
    assert desk.recognising.words == ("", "en"), "the language stays known"


def test_the_words_so_far_are_the_whole_hypothesis() -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        desk.stt.utterances[0].report(Partial("what time", "is it"))
        assert desk.recognising.words == ("what time is it", None)
        desk.stt.utterances[0].report(Partial("what time", "is it"))
        desk.recognising.close()

    assert play(ScriptedStt(), scene).notes == [WordsHeard(ITEM, "what time", any_words=True, unstable="is it")]


def test_the_recogniser_is_told_what_the_session_asks() -> None:
    def scene(desk: Desk) -> None:
        desk.start(settings=Transcription("whisper-1", "de", "names", keywords=("OVOS",)))
        desk.finish()

    [utterance] = play(ScriptedStt(), scene).stt.utterances
    assert utterance.options == SttOptions(model="base", language="de", prompt="names", keywords=("OVOS",))


def test_a_recogniser_of_one_language_tells_no_news_of_it() -> None:
    class English(ScriptedStt):
        @property
        def info(self) -> EngineInfo:
            return replace(super().info, languages=("en",))

    def scene(desk: Desk) -> None:
        desk.start()
        desk.finish(end_ms=100)

    assert play(English(["hello"]), scene).notes[-1] == Transcribed(ITEM, "hello", None)


def test_memory_goes_from_one_utterance_to_the_next() -> None:
    async def scene(desk: Desk) -> None:
        desk.start()
        desk.finish()
        await desk.notes.until(Transcribed)
        desk.start(OTHER, 1000)
        desk.finish(OTHER, 2000)

    desk = play(ScriptedStt(), scene)
    assert [utterance.options.memory for utterance in desk.stt.utterances] == [None, 1]


def test_a_slow_utterance_does_not_hold_up_the_next() -> None:
    async def scene(desk: Desk) -> None:
        desk.stt.latency_s = FOREVER
        desk.start()
        desk.finish()
        await asyncio.sleep(0)
        desk.stt.latency_s = 0
        desk.start(OTHER, 1000)
        desk.finish(OTHER, 2000)
        await desk.notes.until(Transcribed)
        desk.recognising.drop(ITEM)

    desk = play(ScriptedStt(), scene)
    assert desk.notes == [Transcribed(OTHER, "1000 ms", "en")]
    assert desk.stt.open_streams == 0


def test_what_is_dropped_reports_nothing() -> None:
    async def scene(desk: Desk) -> None:
        desk.start()
        desk.recognising.feed(100 * 16)
        desk.recognising.drop(ITEM)
        desk.recognising.drop(ITEM)
        desk.finish()
        desk.start(OTHER)
        desk.finish(OTHER)
        desk.recognising.close()

    desk = play(ScriptedStt(), scene)
    assert desk.notes == []
    assert all(utterance.cancelled for utterance in desk.stt.utterances)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (EngineError("Gone.", code="model_unavailable"), "model_unavailable", "Gone."),
        (ValueError("a bug"), "server_error", OUR_FAULT),
    ],
)
def test_a_failure_is_told_once(error: Exception, code: str, message: str) -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        desk.finish()

    desk = play(ScriptedStt([error]), scene)
    assert desk.notes == [TranscriptionFailed(ITEM, code, message)]
    assert desk.stt.open_streams == 0


def test_a_recogniser_that_hangs_fails_in_time() -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        desk.finish()

    desk = play(ScriptedStt(latency_s=FOREVER), scene, stt_s=0.01)
    assert [(note.code, note.message) for note in desk.notes] == [
        ("server_error", "The recogniser took too long to answer.")
    ]
    assert desk.stt.open_streams == 0


class Refusing(ScriptedStt):
    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> ScriptedSttStream:
        raise ClientError("English only.", code="invalid_value")


class Choking(ScriptedStt):
    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> ScriptedSttStream:
        self.open_streams += 1
        return ChokingStream(self, None, options, on_partial)


class ChokingStream(ScriptedSttStream):
    def feed(self, pcm: bytes) -> None:
        raise EngineError("Its process died.", code="model_unavailable")


@pytest.mark.parametrize(("stt", "code"), [(Refusing(), "invalid_value"), (Choking(), "model_unavailable")])
def test_early_failures_are_told_when_the_utterance_ends(stt: ScriptedStt, code: str) -> None:
    """Nobody waits for an utterance before its end; a report before it would be lost."""

    def scene(desk: Desk) -> None:
        desk.start()
        desk.recognising.feed(16_000)
        assert desk.notes == []
        desk.finish()

    desk = play(stt, scene)
    assert [(type(note), note.code) for note in desk.notes] == [(TranscriptionFailed, code)]
    assert stt.open_streams == 0


def test_a_clip_is_recognised_whole() -> None:
    def scene(desk: Desk) -> None:
        desk.recognising.clip(c.TranscribeClip(ITEM, AUDIO, PCM_24K, None))

    desk = play(ScriptedStt(), scene)
    assert desk.notes == [Transcribed(ITEM, "2000 ms", "en")]


# ------------------------------------------------------------------------------------------------------------- guesses


def guess(desk: Desk, end_ms: int = 500, item: ItemId = ITEM) -> None:
    desk.recognising.guess(c.GuessTranscript(item, Tick(end_ms * 48)))


def test_a_guess_is_the_transcript_of_what_was_said_so_far() -> None:
    async def scene(desk: Desk) -> None:
        desk.start()
        guess(desk)
        desk.recognising.feed(900 * 16)
        assert desk.recognising.words == ("", None)
        await desk.notes.until(TranscriptGuessed)
        assert desk.recognising.words == ("500 ms", None)
        desk.recognising.keep(ITEM)
        desk.start(OTHER)
        desk.recognising.close()

    desk = play(ScriptedStt(), scene)
    assert desk.notes == [TranscriptGuessed(ITEM, "500 ms", "en")]
    assert [utterance.options.memory for utterance in desk.stt.utterances] == [None, 1], "what was learnt is kept"
    assert desk.stt.open_streams == 0


@pytest.mark.parametrize("latency_s", [0.0, FOREVER])
def test_who_goes_on_is_heard_again_from_the_start(latency_s: float) -> None:
    async def scene(desk: Desk) -> None:
        desk.start(start_ms=100)
        desk.recognising.feed(400 * 16)
        guess(desk)
        await asyncio.sleep(0.001)
        desk.stt.latency_s = 0
        desk.recognising.resume(ITEM)
        desk.recognising.resume(ITEM)
        desk.recognising.feed(800 * 16)
        desk.finish()

    desk = play(ScriptedStt(latency_s=latency_s), scene)
    first, second = desk.stt.utterances
    assert (first.heard_ms, second.heard_ms) == (400, 900)
    assert bytes(second.pcm) == desk.intake.slice(1600, 16_000)
    assert desk.notes[-1] == Transcribed(ITEM, "900 ms", "en")
    assert second.options.memory is None, "what a withdrawn guess learnt is nothing"
    assert desk.stt.open_streams == 0


def test_a_guess_that_is_not_ready_at_the_end_becomes_the_transcript() -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        guess(desk)
        desk.finish()

    desk = play(ScriptedStt(latency_s=0.01), scene)
    assert desk.notes == [Transcribed(ITEM, "500 ms", "en")]
    assert len(desk.stt.utterances) == 1


def test_a_guess_that_is_ready_can_be_asked_for_as_well() -> None:
    async def scene(desk: Desk) -> None:
        desk.start()
        guess(desk)
        await desk.notes.until(TranscriptGuessed)
        desk.finish()

    assert play(ScriptedStt(), scene).notes[1:] == [Transcribed(ITEM, "500 ms", "en")]


def test_a_guess_that_fails_costs_nothing() -> None:
    async def scene(desk: Desk) -> None:
        desk.start()
        guess(desk)
        await desk.notes.until(NotGuessed)
        desk.recognising.feed(900 * 16)
        desk.finish()

    desk = play(ScriptedStt([EngineError("no"), "hello"]), scene)
    assert desk.notes == [NotGuessed(ITEM), WordsHeard(ITEM, "hello", True), Transcribed(ITEM, "hello", "en")]
    assert desk.stt.utterances[1].heard_ms == 1000
    assert desk.stt.open_streams == 0


def test_a_guess_that_fails_at_the_end_is_the_result() -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        guess(desk)
        desk.finish()

    assert play(ScriptedStt([EngineError("no")]), scene).notes == [TranscriptionFailed(ITEM, "server_error", "no")]


def test_what_cannot_be_guessed_is_told_at_once() -> None:
    def scene(desk: Desk) -> None:
        desk.start()
        guess(desk, GUESS_LIMIT_SAMPLES // 16 + 1)
        desk.recognising.close()

    assert play(ScriptedStt(), scene).notes == [NotGuessed(ITEM)]


def test_a_guess_of_nothing_that_is_heard_is_nothing() -> None:
    async def scene(desk: Desk) -> None:
        guess(desk)
        desk.start()
        guess(desk)
        await asyncio.sleep(0)
        desk.recognising.drop(ITEM)
        desk.recognising.keep(ITEM)
        desk.recognising.resume(ITEM)

    desk = play(ScriptedStt(latency_s=FOREVER), scene)
    assert desk.notes == []
    assert desk.stt.open_streams == 0


def test_words_are_told_again_only_beyond_what_was_told() -> None:
    async def scene(desk: Desk) -> None:
        desk.start()
        desk.recognising.feed(400 * 16)
        guess(desk)
        await desk.notes.until(TranscriptGuessed)
        desk.recognising.resume(ITEM)
        for ms in (500, 800):
            desk.recognising.feed(ms * 16)
        desk.stt.utterances[0].report(Partial("late"))
        desk.stt.utterances[1].report(Partial("one"))
        desk.recognising.close()

    desk = play(ScriptedStt(["one two three four"], word_ms=200), scene)
    told = [note.stable for note in desk.notes.of(WordsHeard)]
    assert told == ["one two", "one two three four"]
