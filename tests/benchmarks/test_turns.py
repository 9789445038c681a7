"""Latency and interruption, one turn each."""

from __future__ import annotations

import pytest

from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.servers import Delays
from ovos_voice_agent.benchmarks.speech import Utterance
from ovos_voice_agent.benchmarks.turns import latency
from tests.benchmarks.serving import measured
from tests.recordings import recording


@pytest.mark.real
def test_a_turn_is_timed_from_its_last_sound_and_from_its_end() -> None:
    utterance = Utterance.read(recording("cards_001"))

    async def test(url: str) -> None:
        report = Report(url)
        await latency(report, utterance, 1, Delays(0, 0, 0, 0))
        answered, heard = report.measures
        assert report.lost == 0
        assert heard.samples[0] > answered.samples[0] >= 0

    measured(test)
