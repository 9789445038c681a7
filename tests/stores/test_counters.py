"""The counters as a storage of the library `limits`."""

from __future__ import annotations

import sqlite3

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from ovos_voice_agent.stores import counters


def counted(now: list[float]) -> counters.SqliteCounters:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(counters.TABLE)
    return counters.SqliteCounters(connection, lambda: now[0])


def test_a_window_begins_with_its_first_spending_and_does_not_move() -> None:
    now = [100.0]
    storage = counted(now)
    assert [storage.incr("a", 60), storage.incr("a", 60, 4)] == [1, 5]
    now[0] = 130.0
    assert storage.incr("a", 60) == 6
    assert (storage.get("a"), storage.get_expiry("a")) == (6, 160.0)
    now[0] = 160.0
    assert (storage.get("a"), storage.get_expiry("a")) == (0, 160.0)
    assert storage.incr("a", 60) == 1
    assert storage.get_expiry("a") == 220.0


def test_what_is_cleared_or_over_is_gone() -> None:
    now = [0.0]
    storage = counted(now)
    for key in "abc":
        storage.incr(key, 10)
    storage.clear("a")
    assert (storage.get("a"), storage.get("b")) == (0, 1)
    now[0] = 10.0
    storage.incr("c", 10)
    storage.tidy()
    assert storage.reset() == 1
    assert storage.check()


def test_the_library_understands_it() -> None:
    limiter = FixedWindowRateLimiter(counted([0.0]))
    item = RateLimitItemPerMinute(2)
    assert [limiter.hit(item, "k") for _ in range(3)] == [True, True, False]
    assert limiter.get_window_stats(item, "k") == (60.0, 0)
