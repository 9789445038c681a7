"""The defaults of what a server offers are those of the protocol."""

from __future__ import annotations

from ovos_voice_agent.core.offer import GENEROUS_RATE_LIMIT, Limits, Offer, Unlimited
from ovos_voice_agent.protocol.objects import RateLimit
from tests.core.conftest import Play
from tests.core.stage import create, failed, finished


def test_a_session_lasts_an_hour_and_a_buffer_ten_minutes() -> None:
    assert (Limits().session_seconds, Limits().buffer_seconds, Limits().out_of_band_responses) == (3600, 600, 4)


def test_rate_limits_are_told_after_each_response(play: Play) -> None:
    script = play(ignoring=("Record", "response.created", "StartReply")).send(create()).post(failed("resp_1"))
    limit = {"name": "tokens", "limit": 1_000_000, "remaining": 1_000_000, "reset_seconds": 0.0}
    script.expect("StopReply", "response.done", {"type": "rate_limits.updated", "rate_limits": [limit]})
    assert GENEROUS_RATE_LIMIT.limit == 1_000_000


def test_rate_limits_can_be_left_out(play: Play) -> None:
    script = play(offer=Offer(allowance=Unlimited(())), ignoring=("Record", "response.created", "StartReply"))
    script.send(create()).post(failed("resp_1")).expect("StopReply", "response.done")


class Purse:
    """An allowance of tokens."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def spend(self, tokens: int) -> tuple[RateLimit, ...]:
        self.tokens = max(0, self.tokens - tokens)
        return (RateLimit(name="tokens", limit=100, remaining=self.tokens, reset_seconds=7.5),)

    def refusal(self) -> str:
        return "" if self.tokens else "Rate limit reached: 100 tokens per minute."


def test_what_a_response_took_is_spent_before_the_rest_is_told(play: Play) -> None:
    script = play(offer=Offer(allowance=Purse(100)), ignoring=("Record", "response.created", "StartReply"))
    script.send(create()).post(finished("resp_1", input_tokens=30, output_tokens=12))
    left = {"name": "tokens", "limit": 100, "remaining": 58, "reset_seconds": 7.5}
    script.expect("response.done", {"type": "rate_limits.updated", "rate_limits": [left]})


def test_a_response_without_allowance_fails_and_nothing_is_started(play: Play) -> None:
    script = play(offer=Offer(allowance=Purse(0)), ignoring=("rate_limits.updated",)).send(create())
    error = {"type": "tokens", "code": "rate_limit_exceeded", "message": "Rate limit reached: 100 tokens per minute."}
    details = {"type": "failed", "error": error}
    script.expect(
        "response.created",
        {"type": "response.done", "response": {"status": "failed", "status_details": details}},
        {"type": "Record", "failed_stage": "limits"},
    )
