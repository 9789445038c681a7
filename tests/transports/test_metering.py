"""What requests take is written down on the key's account."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, Request

from ovos_voice_agent.stores.interface import Rate
from ovos_voice_agent.transports.guard import needs
from ovos_voice_agent.transports.limits import Quota
from ovos_voice_agent.transports.metering import Meter
from tests.transports.counter import Counter, error_of


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/take", dependencies=[needs("audio")])
    async def take(request: Request, tokens: int = 0, audio_ms: int = 0) -> dict[str, int]:
        await Meter(request).took(tokens=tokens, audio_ms=audio_ms)
        return {}

    return router


def test_the_next_request_is_refused_when_all_is_taken() -> None:
    house = Counter([routes()], "sk-1", Quota(audio_ms=Rate("audio_ms", 60_000, "minute")))
    assert house.client.post("/take?audio_ms=59000").status_code == 200
    assert house.client.post("/take?audio_ms=5000").status_code == 200
    refused = house.client.post("/take")
    assert error_of(refused) == (429, "rate_limit_exceeded", None)
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize("quota", [Quota(), Quota(requests=Rate("requests", 100, "minute"))])
def test_without_a_limit_nothing_is_refused(quota: Quota) -> None:
    house = Counter([routes()], "sk-1", quota)
    for _ in range(3):
        assert house.client.post("/take?audio_ms=100000000&tokens=100000000").status_code == 200
