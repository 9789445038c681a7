"""What each key may take: requests, sessions, tokens and audio, by windows of time, and sessions at once.

Requests and new sessions are counted in the store before they are let in, so that processes that share it allow exactly
so many together. Tokens and audio are counted when they were taken: the last response may go beyond the limit, and the
next one is refused.
"""

from __future__ import annotations

import logging
import math
from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakValueDictionary

from ovos_voice_agent.core.offer import GENEROUS_RATE_LIMIT
from ovos_voice_agent.protocol.objects import RateLimit
from ovos_voice_agent.stores.interface import Rate, Resource, Standing, Store
from ovos_voice_agent.transports.refusal import TooManyError

log = logging.getLogger(__name__)

AUDIO_STEP_MS = 1000
"""Audio is counted in steps of a second: the store need not hear of every frame."""

_MS_PER_MINUTE = 60_000
_IN_HEADERS: tuple[Resource, ...] = ("requests", "tokens")
"""Those that the API has headers for."""
_REFUSED: tuple[Resource, ...] = ("tokens", "audio_ms")
"""Those without which no response begins."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one key may take; None and 0 set no limit."""

    requests: Rate | None = None
    sessions: Rate | None = None
    tokens: Rate | None = None
    audio_ms: Rate | None = None
    live_sessions: int = 0

    def rates(self, *resources: Resource) -> list[Rate]:
        """The limits on these resources, as far as there are any."""
        found = (getattr(self, resource) for resource in resources)
        return [rate for rate in found if rate is not None]


class Limiter:
    """The quotas of all keys, `default` for those that have none of their own. `clock` gives Unix seconds."""

    def __init__(self, store: Store, quotas: Mapping[str, Quota], default: Quota, clock: Callable[[], float]) -> None:
        self._store = store
        self._quotas = dict(quotas)
        self._default = default
        self._clock = clock
        self._accounts: WeakValueDictionary[str, Account] = WeakValueDictionary()
        """Of those who have sessions: places without keys are more than anybody can count."""

    def quota(self, owner: str) -> Quota:
        return self._quotas.get(owner, self._default)

    async def request(self, owner: str) -> Sequence[Standing]:
        """Count a request. Returns how its owner stands with requests and tokens, allowed or not."""
        quota = self.quota(owner)
        rates = quota.rates(*_IN_HEADERS)
        return await self._store.spend(owner, {rate: int(rate is quota.requests) for rate in rates}) if rates else ()

    async def check(self, owner: str, *resources: Resource) -> None:
        """Raises TooManyError when nothing is left of one of the resources."""
        await self._spend(owner, dict.fromkeys(self.quota(owner).rates(*resources), 0))

    async def session(self, owner: str) -> None:
        """Count a new session. Raises TooManyError when its owner may not open one now."""
        quota = self.quota(owner)
        await self.check(owner, "tokens", "audio_ms")
        await self._spend(owner, dict.fromkeys(quota.rates("sessions"), 1))

    async def _spend(self, owner: str, costs: Mapping[Rate, int]) -> None:
        if costs:
            self.demand(await self._store.spend(owner, costs))

    def demand(self, standings: Sequence[Standing]) -> None:
        """Raises TooManyError for the first that is not allowed."""
        for standing in standings:
            if not standing.allowed:
                raise too_many(standing, self._clock())

    async def account(self, owner: str) -> Account | None:
        """Where what is taken in the owner's sessions is written down; None where nothing needs to be."""
        rates = self.quota(owner).rates("requests", "tokens", "audio_ms")
        if not rates:
            return None
        standings = await self._store.spend(owner, dict.fromkeys(rates, 0))
        account = self._accounts.get(owner)
        if account is None:
            account = self._accounts[owner] = Account(self._store, owner, self._clock)
        account.learn(standings)
        return account


class Account:
    """What one owner takes in all its sessions of this process. An `Allowance` of the core: nothing here waits."""

    def __init__(self, store: Store, owner: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._standings: dict[Resource, Standing] = {}
        self._heard_ms = 0.0

    def learn(self, standings: Sequence[Standing]) -> None:
        """How the owner stands, other processes included."""
        for standing in standings:
            self._standings[standing.rate.resource] = standing

    def spend(self, tokens: int) -> tuple[RateLimit, ...]:
        self._take("tokens", tokens)
        told = [self._told(resource) for resource in ("requests", "tokens") if resource in self._standings]
        return tuple(told) if "tokens" in self._standings else (*told, GENEROUS_RATE_LIMIT)

    def heard(self, ms: float) -> None:
        """A client sent so much audio."""
        self._heard_ms += ms
        if self._heard_ms >= AUDIO_STEP_MS:
            self.settle()

    def settle(self) -> None:
        """Count what was heard so far, to the millisecond."""
        whole_ms = int(self._heard_ms)
        self._heard_ms -= whole_ms
        self._take("audio_ms", whole_ms)

    def refusal(self) -> str:
        for resource in _REFUSED:
            standing = self._now(resource)
            if standing is not None and not standing.remaining:
                return too_many(standing, self._clock()).message
        return ""

    def _take(self, resource: Resource, amount: int) -> None:
        standing = self._now(resource)
        if standing is None or not amount:
            return
        left, now = max(0, standing.remaining - amount), self._clock()
        resets_at = standing.resets_at if now < standing.resets_at else now + standing.rate.window_s
        self._standings[resource] = Standing(standing.rate, bool(left), left, resets_at)
        self._report(self._store.spend(self._owner, {standing.rate: amount}))

    def _report(self, spending: Awaitable[Sequence[Standing]]) -> None:
        cast("Future[Sequence[Standing]]", spending).add_done_callback(self._reported)

    def _reported(self, spending: Future[Any]) -> None:
        if spending.cancelled():
            return
        if (error := spending.exception()) is not None:
            log.error("what a session took could not be written down", exc_info=error)
        else:
            self.learn(spending.result())

    def _now(self, resource: Resource) -> Standing | None:
        """The standing, with everything left when its window is over."""
        standing = self._standings.get(resource)
        if standing is None or self._clock() < standing.resets_at:
            return standing
        return Standing(standing.rate, allowed=True, remaining=standing.rate.amount, resets_at=standing.resets_at)

    def _told(self, resource: Resource) -> RateLimit:
        standing = self._now(resource)
        assert standing is not None
        reset_s = max(0.0, standing.resets_at - self._clock())
        return RateLimit(resource, standing.rate.amount, standing.remaining, round(reset_s, 3))


@dataclass(frozen=True, slots=True)
class Untold:
    """An account that is kept, and of which clients are told nothing."""

    account: Account

    def spend(self, tokens: int) -> tuple[RateLimit, ...]:
        self.account.spend(tokens)
        return ()

    def refusal(self) -> str:
        return self.account.refusal()


def too_many(standing: Standing, now: float) -> TooManyError:
    """What a client is told whose key has taken all of something."""
    rate = standing.rate
    audio = rate.resource == "audio_ms"
    what = f"{rate.amount / _MS_PER_MINUTE:g} minutes of audio" if audio else f"{rate.amount} {rate.resource}"
    message = f"Rate limit reached for this key: {what} per {rate.window}."
    kind = "tokens" if rate.resource == "tokens" else "requests"
    return TooManyError(message, type=kind, retry_after_s=max(1, math.ceil(standing.resets_at - now)))


def headers(standings: Sequence[Standing], now: float) -> dict[str, str]:
    """`x-ratelimit-*` of an answer."""
    found: dict[str, str] = {}
    for standing in standings:
        name = standing.rate.resource
        found[f"x-ratelimit-limit-{name}"] = str(standing.rate.amount)
        found[f"x-ratelimit-remaining-{name}"] = str(standing.remaining)
        found[f"x-ratelimit-reset-{name}"] = duration(standing.resets_at - now)
    return found


def duration(seconds: float) -> str:
    """`0s`, `1s`, `6m0s`, `1h0m5s`, rounded up, as the hosted service writes it."""
    minutes, rest = divmod(max(0, math.ceil(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if hours or minutes else ""
    return f"{text}{rest}s"
