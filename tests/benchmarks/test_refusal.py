"""A server with few places: who comes late is told when to come again, and nobody inside notices."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.benchmarks.refusal import Growth, refusal
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.config import load
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts


@pytest.mark.real
def test_growth_ends_when_not_even_one_is_let_in_and_late_comers_are_counted() -> None:
    config = load(None, {}, {"server.max_sessions": 5})
    engines = {"vad": EnergyVad(), "stt": ScriptedStt(), "llm": ScriptedLlm(), "tts": ToneTts()}

    async def run() -> Report:
        async with running(config, engines) as server:
            report = Report(server.url)
            await refusal(report, Growth(group=2, least=1, pause_s=0.05, most=20, seconds=0.5))
            return report

    report = asyncio.run(asyncio.wait_for(run(), 30))
    found = {measure.name: measure.samples for measure in report.measures}
    assert found["sessions let in"] == (5,)
    assert (found["late comers refused"], found["late comers let in"]) == ((10,), (0,))
    assert found["session.update round trip of those inside"]
    assert report.lost == 0
