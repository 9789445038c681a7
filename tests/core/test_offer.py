"""The defaults of what a server offers are those of the protocol."""

from __future__ import annotations

from ovos_voice_agent.core.offer import GENEROUS_RATE_LIMIT, Limits, Offer
from tests.core.conftest import Play
from tests.core.stage import create, failed


def test_a_session_lasts_an_hour_and_a_buffer_ten_minutes() -> None:
    assert (Limits().session_seconds, Limits().buffer_seconds, Limits().out_of_band_responses) == (3600, 600, 4)


def test_rate_limits_are_told_after_each_response(play: Play) -> None:
    script = play(ignoring=("Record", "response.created", "StartReply")).send(create()).post(failed("resp_1"))
    limit = {"name": "tokens", "limit": 1_000_000, "remaining": 1_000_000, "reset_seconds": 0.0}
    script.expect("StopReply", "response.done", {"type": "rate_limits.updated", "rate_limits": [limit]})
    assert GENEROUS_RATE_LIMIT.limit == 1_000_000


def test_rate_limits_can_be_left_out(play: Play) -> None:
    script = play(offer=Offer(rate_limits=()), ignoring=("Record", "response.created", "StartReply"))
    script.send(create()).post(failed("resp_1")).expect("StopReply", "response.done")
