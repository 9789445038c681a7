"""Which sounds are made, and how they are judged."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.benchmarks.clips import Clip, Recording, Word
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.talking_over import (
    ANY_SOUND,
    LATE_WORDS,
    LISTENING,
    WORDS,
    Sound,
    Stopped,
    Way,
    judge,
    microphone,
    onset_ms,
    sounds,
    stopped,
)
from ovos_voice_agent.config import load
from ovos_voice_agent.core.doubt import TRIES_MS, takes_floor
from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.testing.clip_words import LAG_MS
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, ScriptedLlm, ScriptedStt, ToneTts, said_slowly
from tests.recordings import recording
from tests.runtime.scenes import silence_24k, tone_24k


def test_there_are_speakers_listeners_and_noises() -> None:
    recorded = bytes(2 * 24_000 * 5)
    made = sounds([Recording.read(recording("cards_001"))], [recorded])
    names = [sound.clip.name for sound in made]
    assert names[:3] == ["as recorded", "listening", "listening"]
    assert set(names[3:]) == {"noise"}
    assert len(names[3:]) - 2 == len(sounds([])), "two pieces of what was recorded"
    assert [sound.onset_ms is not None for sound in made] == [True] + [False] * (len(made) - 1)
    assert made[1].clip.words[0].text == LISTENING[0]


def test_a_listeners_phrase_is_told_word_by_word() -> None:
    made = [sound.clip for sound in sounds([Recording.read(recording("cards_005"))])]
    phrase = next(clip.words for clip in made if clip.words and clip.words[0].text == "I")
    assert [word.text for word in phrase] == ["I", "see"]
    assert phrase[0].end_ms == phrase[1].start_ms < phrase[1].end_ms


def test_a_breath_is_no_onset() -> None:
    one = Recording.read(recording("librivox_0880"))
    assert onset_ms(one) == one.words[0].start_ms > one.utterance.onset_ms
    later = Recording.read(recording("cards_001"))
    assert onset_ms(later) == later.utterance.onset_ms > later.words[0].start_ms


@pytest.mark.parametrize("text", LISTENING)
def test_who_listens_says_what_listeners_say(text: str) -> None:
    assert not takes_floor(text, 1)


SPEECH = Sound(Clip("as recorded", b"", words=(Word("go", 280.0, 350.0),)), 300.0)
NOISE, LISTENER = Sound(Clip("noise", b"")), Sound(Clip("listening", b""))


def judged(
    way: Way, heard: list[Sound], ends: list[Stopped | None]
) -> dict[str, tuple[tuple[float, ...], bool | None]]:
    report = Report("")
    judge(report, way, heard, ends)
    return {measure.name: (measure.samples, measure.met) for measure in report.measures}


def test_delays_count_from_the_onset_and_mistakes_in_percent() -> None:
    found = judged(WORDS, [SPEECH, SPEECH, NOISE, NOISE], [Stopped(500.0), None, None, Stopped(2_000.0)])
    assert found == {
        "onset of speech to cancelled": ((200.0,), True),
        "onset to first word told": ((50.0 + LAG_MS,), None),
        "first word told to cancelled": ((150.0 - LAG_MS,), None),
        "speech that did not stop the answer": ((50.0,), False),
        "noise that stopped it": ((50.0,), False),
    }


def test_where_any_sound_counts_a_listener_is_none_and_the_target_is_closer() -> None:
    found = judged(ANY_SOUND, [SPEECH, LISTENER, NOISE], [Stopped(500.0), Stopped(400.0), None])
    assert found == {
        "onset of speech to cancelled": ((200.0,), False),
        "speech that did not stop the answer": ((0.0,), True),
        "listening that stopped it": ((100.0,), None),
        "noise that stopped it": ((0.0,), True),
    }


def test_the_microphone_is_open_before_the_sound_in_a_quiet_room() -> None:
    samples = float_of_bytes(microphone(tone_24k(100), 200))
    assert len(samples) == 300 * 24
    before, sound = samples[: 200 * 24], samples[200 * 24 :]
    assert 0 < float(np.sqrt(np.mean(before**2))) < 0.001
    assert float(np.max(np.abs(sound))) > 0.05


@pytest.mark.real
@pytest.mark.parametrize(
    ("way", "said", "stops"),
    [(WORDS, "stop it now please", True), (WORDS, "uh-huh", False), (ANY_SOUND, "uh-huh", True)],
)
def test_an_answer_is_talked_over(way: Way, said: str, stops: bool) -> None:
    fakes = {
        "vad": EnergyVad(),
        "stt": ScriptedStt([said], word_ms=100),
        "llm": ScriptedLlm([[*said_slowly("On and on it goes. " * 40), FOREVER]]),
        "tts": ToneTts(),
    }
    clip = Clip("as recorded", silence_24k(100) + tone_24k(480) + silence_24k(900))

    async def scene() -> Stopped | None:
        async with running(load(None, {}), fakes) as server:
            return await stopped(server.url, way, 0, Sound(clip, 100.0))

    end = asyncio.run(scene())
    assert (end is not None) is stops


class LateStt(ScriptedStt):
    """Tells words when somebody has finished."""

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, streaming=False)


@pytest.mark.real
def test_a_recogniser_that_tells_no_words_before_the_end_is_asked_for_them() -> None:
    stt = LateStt(["stop it now", "stop it"], word_ms=100_000)
    fakes = {
        "vad": EnergyVad(),
        "stt": stt,
        "llm": ScriptedLlm([[*said_slowly("On and on it goes. " * 40), FOREVER]]),
        "tts": ToneTts(),
    }
    clip = Clip("as recorded", silence_24k(100) + tone_24k(760) + silence_24k(900))

    async def scene() -> Stopped | None:
        async with running(load(None, {}), fakes) as server:
            return await stopped(server.url, LATE_WORDS, 0, Sound(clip, 100.0))

    assert asyncio.run(scene()) is not None
    padding_ms = 300
    assert stt.utterances[1].heard_ms >= padding_ms + TRIES_MS[0]
