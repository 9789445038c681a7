"""Counters of spending in SQLite, as the library `limits` wants them: fixed windows that begin with the first spending.

A refused request counts as well, within the same window, so that N are allowed and never one more, by whomever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from ovos_voice_agent.stores.interface import Rate, Standing

TABLE = "CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, value INTEGER, expires_at REAL) WITHOUT ROWID"

_SPEND = """\
INSERT INTO counters VALUES (:key, :amount, :now + :window_s)
ON CONFLICT (key) DO UPDATE SET
  value = CASE WHEN expires_at <= :now THEN excluded.value ELSE value + excluded.value END,
  expires_at = CASE WHEN expires_at <= :now THEN excluded.expires_at ELSE expires_at END
RETURNING value"""

_ITEMS: dict[str, type[RateLimitItem]] = {
    "second": RateLimitItemPerSecond,
    "minute": RateLimitItemPerMinute,
    "hour": RateLimitItemPerHour,
    "day": RateLimitItemPerDay,
}


class SqliteCounters(Storage):
    """For one thread at a time. One statement counts, so two processes never read the same number."""

    STORAGE_SCHEME = None

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        super().__init__()
        self._connection = connection
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        values = {"key": key, "amount": amount, "now": self._clock(), "window_s": expiry}
        return int(self._connection.execute(_SPEND, values).fetchall()[0][0])

    def get(self, key: str) -> int:
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        return float(self._row(key)[1])

    def _row(self, key: str) -> tuple[int, float]:
        now = self._clock()
        query = "SELECT value, expires_at FROM counters WHERE key = ? AND expires_at > ?"
        row: tuple[int, float] | None = self._connection.execute(query, (key, now)).fetchone()
        return row or (0, now)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        """Forget all that was spent."""
        return self._connection.execute("DELETE FROM counters").rowcount

    def clear(self, key: str) -> None:
        self._connection.execute("DELETE FROM counters WHERE key = ?", (key,))

    def tidy(self) -> None:
        """Forget windows that are over."""
        self._connection.execute("DELETE FROM counters WHERE expires_at <= ?", (self._clock(),))


def spend(limiter: FixedWindowRateLimiter, owner: str, rate: Rate, cost: int) -> Standing:
    """Count `cost`, or only look with 0."""
    item = _ITEMS[rate.window](rate.amount, namespace=rate.resource)
    allowed = limiter.hit(item, owner, cost=cost) if cost else limiter.test(item, owner)
    stats = limiter.get_window_stats(item, owner)
    return Standing(rate, allowed, max(0, stats.remaining), stats.reset_time)
