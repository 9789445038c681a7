"""What an operator is told of a session."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ovos_voice_agent.core.commands import Record
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from ovos_voice_agent.runtime.tally import Tally

STARTED = se.InputAudioBufferSpeechStarted("e", ItemId("i"), 0)
COMMITTED = se.InputAudioBufferCommitted("e", ItemId("i"), None)
AUDIO = se.ResponseOutputAudioDelta("e", ResponseId("r"), ItemId("i"), 0, 0, b"")


def record(**marks: int) -> Record:
    return Record(ResponseId("r"), None, "vad", "completed", marks, {})


def tallied(outputs: Iterable[object]) -> Tally:
    tally = Tally()
    for output in outputs:
        tally.gave(output)  # type: ignore[arg-type]
    return tally


def test_a_new_session_waits() -> None:
    standing = Tally().standing
    assert (standing.activity, standing.turns, standing.responses, standing.latency_ms) == ("waiting", 0, 0, None)


@pytest.mark.parametrize(
    ("outputs", "activity"),
    [
        ([STARTED], "hearing"),
        ([STARTED, COMMITTED], "waiting"),
        ([STARTED, COMMITTED, AUDIO], "answering"),
        ([AUDIO, record()], "waiting"),
        ([AUDIO, STARTED, record()], "hearing"),
    ],
)
def test_what_it_does_now(outputs: list[object], activity: str) -> None:
    assert tallied(outputs).standing.activity == activity


def test_the_median_counts_from_the_end_of_the_speech_where_there_was_any() -> None:
    waits = [
        record(last_speech=1000, turn_ended=1500, first_delta_sent=1700),
        record(response_created=3000, first_delta_sent=3100),
        record(last_speech=5000, turn_ended=5500, first_delta_sent=5600),
        record(last_speech=9000, turn_ended=9500),  # answered by nothing
    ]
    tally = tallied(waits)
    assert (tally.standing.latency_ms, tally.standing.responses) == (600, 4)


def test_only_the_last_hundred_answers_count() -> None:
    slow = [record(turn_ended=0, first_delta_sent=5000)] * 100
    quick = [record(turn_ended=0, first_delta_sent=100)] * 100
    assert tallied(slow + quick).standing.latency_ms == 100


def test_turns_are_what_was_committed() -> None:
    assert tallied([STARTED, COMMITTED, STARTED, STARTED, COMMITTED]).standing.turns == 2
