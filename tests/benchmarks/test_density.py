"""Density, with small crowds and short waits."""

from __future__ import annotations

import pytest

from ovos_voice_agent.benchmarks.density import KINDS, Load, Waits, audio_taken_s, density, loop_delays, parts
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.speech import Utterance
from tests.benchmarks.serving import measured
from tests.recordings import recording


@pytest.fixture(scope="module")
def utterance() -> Utterance:
    return Utterance.read(recording("cards_001"))


def test_every_kind_has_so_many_sessions(utterance: Utterance) -> None:
    for kind in KINDS:
        assert len(parts(Load(kind, 20, 1.0), utterance)) == 20
    talking = [part for part in parts(Load("mixed", 20, 1.0), utterance) if part.name == "conversation"]
    assert len(talking) == 2
    assert {len(part.frames) for part in talking} == {250}
    assert sorted(talking[0].frames) == sorted(talking[1].frames)  # the same ten seconds, begun elsewhere


def test_a_server_that_tells_no_delays() -> None:
    assert loop_delays("http://127.0.0.1:9/v1") == {}
    assert audio_taken_s("http://127.0.0.1:9/v1") is None


@pytest.mark.real
def test_costs_memory_delays_and_round_trips_are_measured(utterance: Utterance) -> None:
    async def test(url: str) -> None:
        report = Report(url)
        await density(report, utterance, [Load("silence", 3, 1.0)], Waits(0.1, 0.1, 0.1))
        found = {measure.name: measure for measure in report.measures}
        assert report.lost == 0
        assert len(found["server's CPU per session"].samples) == 5
        assert len(found["session.update round trip"].samples) > 3
        assert found["server's event loop late"].samples
        assert found["audio taken in"].samples[0] > 0
        assert "server's memory per session" in found

    measured(test)
