"""Hearing: the verdicts on what was heard, and what a server hears."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.benchmarks.clips import Clip, Recording, plain
from ovos_voice_agent.benchmarks.hearing import (
    BURSTS,
    SEMANTICS,
    SILENCES,
    USUAL,
    Heard,
    Script,
    bursts,
    delay_ms,
    judge,
    listen,
    noises,
)
from ovos_voice_agent.benchmarks.report import Measure, Report
from tests.benchmarks.serving import measured
from tests.recordings import recording


@pytest.fixture(scope="module")
def cards() -> Recording:
    return Recording.read(recording("cards_001"))


def test_every_kind_is_in_the_script(cards: Recording) -> None:
    script = Script.of([cards])
    assert {clip.name for clip in script.whole} == {"as recorded", "with a pause", "in noise", "a short word"}
    assert [clip.source for clip in script.cut] == ["cards_001"]
    assert len(script.clips) == len(script.whole) + 1 + 3
    assert float(np.abs(float_of_bytes(bursts())).max()) > 0.1


def verdicts(heard: list[Heard], benchmark: str = f"hearing, {USUAL}") -> tuple[dict[str, Measure], Report]:
    whole = (Clip("as recorded", b"", 1000.0, source="one"), Clip("in noise", b"", 1000.0, source="one"))
    report = Report("")
    script = Script(whole, (Clip("cut short", b"", 600.0, source="one"),), (Clip("bursts", b""),))
    judge(report, benchmark, script, heard)
    return {measure.name: measure for measure in report.measures}, report


def test_cut_offs_delays_and_false_starts_are_counted() -> None:
    found, report = verdicts(
        [Heard([10], [1500]), Heard([10, 900], [800, 1600]), Heard([10], [1300]), Heard([1, 2, 3])]
    )
    assert found["cut off, all"].samples == (50.0,)
    assert found["cut off, as recorded"].samples == (0.0,)
    assert found["cut off, in noise"].samples == (100.0,)
    assert found["end of sound to end of turn"].samples == (500.0,)
    assert found["ends later when whole"].samples == (500.0 - 700.0,)
    assert found["ends later when whole"].met
    assert found["taken for speech, bursts"].samples == (100.0 * 3 / BURSTS,)
    assert report.lost == 0


def test_who_is_never_answered_is_lost() -> None:
    found, report = verdicts([Heard([10], [1500]), Heard([10]), Heard(), Heard()], "hearing, silence 500 ms")
    assert report.lost == 1
    assert found["end of sound to end of turn"].samples == (500.0,)
    assert found["ends later when whole"].samples == ()
    assert found["ends later when whole"].target is None


def test_a_sound_that_fades_is_no_cut_off() -> None:
    clip = Clip("as recorded", b"", 1000.0)
    assert delay_ms(clip, Heard([10], [970])) == -30.0
    assert delay_ms(clip, Heard([10], [900])) is None


def test_each_way_to_end_turns_has_time_to() -> None:
    for point in (*SILENCES, *SEMANTICS):
        assert point.patience_ms >= point.turn_detection.get("silence_duration_ms", 2_000)


@pytest.mark.real
def test_a_person_is_heard(cards: Recording) -> None:
    async def test(url: str) -> None:
        heard = (await listen(url, [plain(cards), noises()[2]][:1], SILENCES[0]))[0]
        assert heard.starts_ms[0] < cards.utterance.end_ms < heard.stops_ms[-1]

    measured(test)
