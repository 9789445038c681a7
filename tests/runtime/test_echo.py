"""A session that hears itself says nothing to itself, and hears who speaks over it: a few rounds of the measurement."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float
from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import ServerVad
from ovos_voice_agent.runtime.echo import AT_FIRST, Echo
from ovos_voice_agent.runtime.intake import Intake
from scripts.measure_echo import BEFORE_S, PCM, RATE_HZ, REPLY_DBFS, at_level, deltas, measure, recorded, scene, starts
from tests.runtime.scenes import start_reply

REPLY = at_level(recorded("librivox_0890"), REPLY_DBFS)


def test_no_answer_to_itself_and_an_ear_for_those_who_speak_over_it() -> None:
    found = asyncio.run(measure(1, [REPLY]))
    assert found == {"-6 dB": (0, 1), "-20 dB": (0, 1)}


def test_without_the_guard_it_would_answer_itself() -> None:
    rng = np.random.default_rng(1)
    impulse = np.ones(1, np.float32)
    heard, _ = scene(REPLY, -6, None, rng, impulse)
    assert asyncio.run(starts(heard, REPLY, guard=False))
    assert not asyncio.run(starts(heard, REPLY))


TONE = (0.3 * np.sin(np.arange(5 * RATE_HZ) * 0.5)).astype(np.float32)


def echo(reply: FloatSamples = REPLY) -> Echo:
    """What was heard is two seconds of nothing; a reply is sent."""
    intake = Intake()
    intake.push(bytes(4 * RATE_HZ), PCM, Tick(0))
    guard = Echo(intake)
    guard.gave(c.Detect(0, ServerVad(), Tick(0)))
    guard.gave(start_reply(format=PCM))
    for event in deltas(reply):
        guard.gave(event)
    return guard


def listens(guard: Echo) -> bool:
    return guard._guard.listens(5 * RATE_HZ)


def hears_a_tone(guard: Echo, *probabilities: float) -> list[float]:
    """What becomes of the probabilities of windows of a tone."""
    guard._intake.push(bytes_of_float(TONE), PCM, Tick(6 * RATE_HZ))
    starts = range(2 * RATE_HZ, 2 * RATE_HZ + len(probabilities) * 512, 512)
    return [guard.judge(probability, at, at + 512) for probability, at in zip(probabilities, starts, strict=True)]


def test_where_an_echo_may_be_one_window_makes_nobody_sure() -> None:
    """Of the first one too little is known to compare it."""
    assert hears_a_tone(echo(), 0.95, 0.95) == [AT_FIRST, 0.95]


def test_what_is_like_nothing_that_is_played_may_be_a_person_at_once() -> None:
    assert hears_a_tone(echo(TONE[::2]), 0.1, 0.1, 0.95) == [0.1, 0.1, 0.95]


@pytest.mark.parametrize(
    ("told", "goes_on"),
    [
        (c.StopReply(start_reply().response_id), False),
        (se.InputAudioBufferSpeechStarted("event", ItemId("item"), 0), False),
        (c.Forget(Tick(0)), True),
    ],
)
def test_what_ends_the_reply_ends_the_watch(told: object, *, goes_on: bool) -> None:
    guard = echo()
    assert listens(guard)
    guard.gave(told)  # type: ignore[arg-type]
    assert listens(guard) is goes_on


def test_a_reply_that_may_not_be_interrupted_plays_on() -> None:
    guard = echo()
    guard.gave(c.Detect(1, ServerVad(interrupt_response=False), Tick(0)))
    guard.gave(se.InputAudioBufferSpeechStarted("event", ItemId("item"), 0))
    assert listens(guard)


def test_where_nothing_plays_probabilities_stay() -> None:
    guard = Echo(Intake())
    assert [guard.judge(probability, 0, 512) for probability in (0.0, 0.4, 1.0)] == [0.0, 0.4, 1.0]
    assert BEFORE_S > 0
