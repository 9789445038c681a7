"""The benchmark of light requests loses none and counts those that fail."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from ovos_voice_agent.app import running
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.requests import CLIENTS, requests
from ovos_voice_agent.config import Config, Quota, load
from tests.end_to_end.talking import Fakes

pytestmark = pytest.mark.real


def measured(config: Config) -> Report:
    async def script() -> Report:
        async with running(config, Fakes().by_stage) as server:
            report = Report(server.url)
            await requests(report, many=CLIENTS * 4)
            return report

    return asyncio.run(asyncio.wait_for(script(), 30))


def test_every_request_is_answered_and_measured() -> None:
    report = measured(load(None, {}))
    answered, _ = report.measures
    assert (report.lost, len(answered.samples)) == (0, CLIENTS * 4)


def test_what_is_refused_is_lost() -> None:
    limited = structs.replace(load(None, {}), limits=Quota(requests="10/day"))
    assert measured(limited).lost == CLIENTS * 2 - 10  # half of the paths tell of the server's state, and are free
