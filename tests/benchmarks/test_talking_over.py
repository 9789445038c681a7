"""Which sounds are made, and how they are judged."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.benchmarks.clips import Clip, Recording
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.talking_over import LISTENING, Sound, judge, sounds, stopped_after_s
from ovos_voice_agent.config import load
from ovos_voice_agent.core.doubt import takes_floor
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, ScriptedLlm, ScriptedStt, ToneTts, said_slowly
from tests.recordings import recording
from tests.runtime.scenes import silence_24k, tone_24k


def test_there_are_speakers_listeners_and_noises() -> None:
    made = sounds([Recording.read(recording("cards_001"))])
    assert [sound.clip.name for sound in made] == ["as recorded", "listening", "listening", "noise", "noise", "noise"]
    assert [sound.onset_ms is not None for sound in made] == [True, False, False, False, False, False]
    assert made[1].clip.words[0].text == LISTENING[0]


@pytest.mark.parametrize("text", LISTENING)
def test_who_listens_says_what_listeners_say(text: str) -> None:
    assert not takes_floor(text, 1)


def test_delays_count_from_the_onset_and_mistakes_in_percent() -> None:
    report = Report("")
    speech, noise = Sound(Clip("as recorded", b""), 300.0), Sound(Clip("noise", b""))
    judge(report, [speech, speech, noise, noise], [0.5, None, None, 2.0])
    delay, missed, wrong = report.measures
    assert delay.samples == (pytest.approx(200.0),)
    assert (missed.samples, wrong.samples) == ((50.0,), (50.0,))


@pytest.mark.real
@pytest.mark.parametrize(("said", "stops"), [("stop it now please", True), ("uh-huh", False)])
def test_an_answer_is_talked_over(said: str, stops: bool) -> None:
    fakes = {
        "vad": EnergyVad(),
        "stt": ScriptedStt([said], word_ms=100),
        "llm": ScriptedLlm([[*said_slowly("On and on it goes. " * 40), FOREVER]]),
        "tts": ToneTts(),
    }
    clip = Clip("as recorded", silence_24k(100) + tone_24k(480) + silence_24k(900))

    async def scene() -> float | None:
        async with running(load(None, {}), fakes) as server:
            return await stopped_after_s(server.url, 0, Sound(clip, 100.0))

    after_s = asyncio.run(scene())
    assert (after_s is not None) is stops
