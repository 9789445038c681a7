"""No false alarm: what other servers may do otherwise fails no case."""

from __future__ import annotations

import asyncio

import pytest

from ovos_voice_agent.conformance.run import Result, run
from ovos_voice_agent.conformance.suite import load
from tests.conformance.correct_server import JOBS, correct_server, manner, sockets_only, target
from tests.conformance.fault_proxy import proxied
from tests.conformance.variations import CONDUCT, FORM, STREAMS, Variation, together

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def judged(variations: list[Variation]) -> Result:
    async with correct_server() as upstream, proxied(upstream, together(variations)) as url:
        return await run(target(url), sockets_only(load()), manner(), jobs=JOBS)


@pytest.mark.parametrize("variations", [FORM, STREAMS, CONDUCT], ids=["form", "streams", "conduct"])
def test_legal_differences_are_no_faults(variations: list[Variation]) -> None:
    """All of a kind together: to find out which one fails a case, give one alone."""
    result = asyncio.run(judged(variations))
    assert {name: result.verdicts[name].evidence for name in result.named("failed")} == {}
    assert set(result.named("differs")) == frozenset().union(*(one.differs for one in variations))
    assert len(result.named("passed")) > 250
