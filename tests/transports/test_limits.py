"""What keys may take, how it is counted, and what clients are told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ovos_voice_agent.core.offer import GENEROUS_RATE_LIMIT
from ovos_voice_agent.protocol.objects import RateLimit
from ovos_voice_agent.stores.interface import Rate, Standing
from ovos_voice_agent.transports.limits import Account, Limiter, Quota, Untold, duration, headers, too_many
from ovos_voice_agent.transports.refusal import TooManyError
from tests.transports.plain import Gates, settle

REQUESTS = Rate("requests", 2, "minute")
SESSIONS = Rate("sessions", 2, "hour")
TOKENS = Rate("tokens", 100, "minute")
AUDIO = Rate("audio_ms", 120_000, "day")


def play(quota: Quota, script: Callable[[Gates], Awaitable[None]]) -> None:
    async def run() -> None:
        gates = Gates(quota=quota)
        await script(gates)
        await gates.store.close()

    asyncio.run(run())


async def account_of(gates: Gates) -> Account:
    account = await gates.limiter.account("kitchen")
    assert account is not None
    return account


def test_without_limits_the_store_is_left_alone() -> None:
    async def script(gates: Gates) -> None:
        assert await gates.limiter.request("kitchen") == ()
        await gates.limiter.session("kitchen")
        assert await gates.limiter.account("kitchen") is None

    play(Quota(live_sessions=3), script)


def test_requests_are_counted_and_the_next_is_refused() -> None:
    async def script(gates: Gates) -> None:
        for allowed in (True, True, False):
            standings = await gates.limiter.request("kitchen")
            assert [standing.allowed for standing in standings] == [allowed, True]
        with pytest.raises(TooManyError) as refused:
            gates.limiter.demand(standings)
        assert refused.value.retry_after_s == 60
        assert "2 requests per minute" in refused.value.message

    play(Quota(requests=REQUESTS, tokens=TOKENS), script)


def test_what_was_not_worth_a_step_is_counted_at_the_end_of_a_session() -> None:
    async def script(gates: Gates) -> None:
        account = await account_of(gates)
        account.heard(900.5)
        account.settle()
        await settle()
        assert (await gates.store.spend("kitchen", {AUDIO: 0}))[0].remaining == AUDIO.amount - 900

    play(Quota(audio_ms=AUDIO), script)


def test_keys_have_quotas_of_their_own() -> None:
    async def script(gates: Gates) -> None:
        limiter = Limiter(gates.store, {"car": Quota(live_sessions=1)}, Quota(live_sessions=9), lambda: gates.now)
        assert [limiter.quota(name).live_sessions for name in ("car", "kitchen")] == [1, 9]

    play(Quota(), script)


def test_sessions_are_counted_by_the_hour() -> None:
    async def script(gates: Gates) -> None:
        await gates.limiter.session("kitchen")
        await gates.limiter.session("kitchen")
        with pytest.raises(TooManyError) as refused:
            await gates.limiter.session("kitchen")
        assert refused.value.retry_after_s == 3600
        gates.now += 3600
        await gates.limiter.session("kitchen")

    play(Quota(sessions=SESSIONS), script)


def test_tokens_are_counted_when_they_were_taken_and_told() -> None:
    async def script(gates: Gates) -> None:
        account = await account_of(gates)
        assert account.refusal() == ""
        assert account.spend(70) == (RateLimit("tokens", 100, 30, 60.0),)
        await settle_store(gates)
        gates.now += 15
        assert account.spend(70) == (RateLimit("tokens", 100, 0, 45.0),)
        assert account.refusal() == "Rate limit reached for this key: 100 tokens per minute."
        await settle_store(gates)
        with pytest.raises(TooManyError) as refused:
            await gates.limiter.session("kitchen")
        assert (refused.value.type, refused.value.retry_after_s) == ("tokens", 45)
        gates.now += 45
        assert account.refusal() == ""
        assert account.spend(1)[0].remaining == 99

    play(Quota(tokens=TOKENS), script)


def test_sessions_of_a_key_share_what_it_has_and_learn_from_others() -> None:
    async def script(gates: Gates) -> None:
        first, second = await account_of(gates), await account_of(gates)
        first.spend(60)
        assert second.spend(0)[0].remaining == 40
        await gates.store.spend("kitchen", {TOKENS: 30})  # another process
        assert (await account_of(gates)).spend(0)[0].remaining == 10

    play(Quota(tokens=TOKENS), script)


def test_audio_is_counted_by_the_second_and_stops_responses() -> None:
    async def script(gates: Gates) -> None:
        account = await account_of(gates)
        for _ in range(49):
            account.heard(20)
        assert (await gates.store.spend("kitchen", {AUDIO: 0}))[0].remaining == 120_000
        account.heard(20)
        assert (await gates.store.spend("kitchen", {AUDIO: 0}))[0].remaining == 119_000
        account.heard(119_000)
        assert account.refusal() == "Rate limit reached for this key: 2 minutes of audio per day."
        assert account.spend(5) == (GENEROUS_RATE_LIMIT,)

    play(Quota(audio_ms=AUDIO), script)


def test_an_account_can_be_kept_in_silence() -> None:
    async def script(gates: Gates) -> None:
        untold = Untold(await account_of(gates))
        assert untold.spend(200) == ()
        assert untold.refusal()

    play(Quota(tokens=TOKENS), script)


def test_a_store_that_fails_is_logged_and_the_session_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def script(gates: Gates) -> None:
        account = await account_of(gates)
        await gates.store.spend("kitchen", {TOKENS: 0})
        broken: asyncio.Future[list[Standing]] = asyncio.get_running_loop().create_future()
        account._report(broken)
        broken.set_exception(OSError("disk"))
        await settle()
        assert account.refusal() == ""

    play(Quota(tokens=TOKENS), script)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def settle_store(gates: Gates) -> None:
    """What was reported before has arrived."""
    await gates.store.spend("nobody", {TOKENS: 0})
    await settle()


def test_headers_say_what_is_left() -> None:
    standings = [Standing(REQUESTS, True, 1, 1060.2), Standing(TOKENS, False, 0, 1000.0)]
    assert headers(standings, 1000.0) == {
        "x-ratelimit-limit-requests": "2",
        "x-ratelimit-remaining-requests": "1",
        "x-ratelimit-reset-requests": "1m1s",
        "x-ratelimit-limit-tokens": "100",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "0s",
    }


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0s"), (0, "0s"), (0.1, "1s"), (59.5, "1m0s"), (360, "6m0s"), (3605, "1h0m5s")]
)
def test_durations_are_written_as_the_hosted_service_does(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_refusal_never_says_to_come_back_at_once() -> None:
    assert too_many(Standing(REQUESTS, False, 0, 10.0), now=10.0).retry_after_s == 1
