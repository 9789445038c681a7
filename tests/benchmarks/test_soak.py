"""Soak, with few visitors."""

from __future__ import annotations

import pytest

from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.soak import SAMPLES, soak
from ovos_voice_agent.benchmarks.speech import Utterance
from tests.benchmarks.serving import measured
from tests.recordings import recording


@pytest.mark.real
def test_memory_is_measured_after_each_part() -> None:
    utterance = Utterance.read(recording("cards_001"))

    async def test(url: str) -> None:
        report = Report(url)
        await soak(report, utterance, 40, rest_s=0.01)
        assert [len(measure.samples) for measure in report.measures] == [SAMPLES, 1]
        assert report.lost == 0

    measured(test)


@pytest.mark.real
def test_who_is_not_let_in_is_lost() -> None:
    utterance = Utterance.read(recording("cards_001"))

    async def test(url: str) -> None:
        report = Report(url.replace("/v1", "/nowhere"))
        await soak(report, utterance, 10, rest_s=0.01)
        assert report.lost == 20

    measured(test)
