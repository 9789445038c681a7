"""The store of one host: an SQLite file that its processes share, or, without a file, memory of one process.

All work is done in one thread, so that a slow disk never holds the event loop, and in the order of the calls.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec
from limits.strategies import FixedWindowRateLimiter

from ovos_voice_agent.stores import counters
from ovos_voice_agent.stores.interface import Entrance, LiveEntry, PreparedSession, Rate, Standing

REMEMBERED_S = 3600.0
"""How long an expired prepared session is remembered: whoever asks for it is told so."""
BUSY_MS = 5000
"""How long one process waits for another; a transaction takes well under a millisecond."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS signing (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB)",
    "CREATE TABLE IF NOT EXISTS prepared (id TEXT PRIMARY KEY, owner TEXT, at REAL, forget_at REAL, record BLOB)",
    "CREATE TABLE IF NOT EXISTS live (id TEXT PRIMARY KEY, owner TEXT, worker TEXT, at REAL, until REAL, record BLOB)",
    "CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, session_id TEXT, worker TEXT, content BLOB)",
    "CREATE TABLE IF NOT EXISTS told (id TEXT PRIMARY KEY, report BLOB)",
    counters.TABLE,
)

_T = TypeVar("_T")


def unix_now() -> float:
    return datetime.now(UTC).timestamp()


class SqliteStore:
    """See `interface.Store`. Other users of the machine cannot read the file: it holds prompts and the signing key."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = unix_now) -> None:
        """`path` None: in memory. `clock` gives Unix seconds. Raises OSError or sqlite3.Error for a useless file."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT, 0o600))
            _open(path).close()
        self._path = path
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "store")

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        """Opened by the first who needs it, so that a store which nobody used leaves nothing open."""
        return _open(self._path)

    @cached_property
    def _limiter(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(self._counters)

    @cached_property
    def _counters(self) -> counters.SqliteCounters:
        return counters.SqliteCounters(self._connection, self._clock)

    def _do(self, work: Callable[..., _T], *arguments: object) -> Awaitable[_T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _whole(self, work: Callable[..., _T], *arguments: object) -> Awaitable[_T]:
        """As one transaction, for what reads before it writes."""
        return self._do(self._transaction, work, *arguments)

    def _transaction(self, work: Callable[..., _T], *arguments: object) -> _T:
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            return work(*arguments)

    async def close(self) -> None:
        await self._do(self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if "_connection" in vars(self):
            self._connection.close()

    # ----------------------------------------------------------------------------------------------- prepared sessions

    def signing_key(self) -> Awaitable[bytes]:
        return self._whole(self._signing_key)

    def _signing_key(self) -> bytes:
        self._connection.execute("INSERT OR IGNORE INTO signing VALUES (1, ?)", (os.urandom(32),))
        return bytes(self._connection.execute("SELECT key FROM signing").fetchone()[0])

    def keep(self, session: PreparedSession) -> Awaitable[None]:
        return self._whole(self._keep, session)

    def _keep(self, session: PreparedSession) -> None:
        self._connection.execute("DELETE FROM prepared WHERE forget_at <= ?", (self._clock(),))
        values = (session.id, session.owner, session.created_at, session.expires_at + REMEMBERED_S)
        record = msgspec.msgpack.encode(session)
        self._connection.execute("INSERT OR REPLACE INTO prepared VALUES (?, ?, ?, ?, ?)", (*values, record))

    def prepared(self, session_id: str) -> Awaitable[PreparedSession | None]:
        return self._do(self._prepared, session_id)

    def _prepared(self, session_id: str) -> PreparedSession | None:
        rows = self._connection.execute("SELECT record FROM prepared WHERE id = ?", (session_id,)).fetchall()
        return msgspec.msgpack.decode(rows[0][0], type=PreparedSession) if rows else None

    def all_prepared(self, owner: str | None) -> Awaitable[Sequence[PreparedSession]]:
        return self._do(self._all, "prepared", PreparedSession, owner)

    def forget(self, session_id: str) -> Awaitable[bool]:
        return self._do(self._forget, session_id)

    def _forget(self, session_id: str) -> bool:
        return self._connection.execute("DELETE FROM prepared WHERE id = ?", (session_id,)).rowcount > 0

    def _all(self, table: str, kind: type[_T], owner: str | None) -> Sequence[_T]:
        until = {"prepared": "forget_at", "live": "until"}[table]
        query = f"SELECT record FROM {table} WHERE {until} > ? AND (? IS NULL OR owner = ?) ORDER BY at DESC"  # noqa: S608
        rows = self._connection.execute(query, (self._clock(), owner, owner)).fetchall()
        return [msgspec.msgpack.decode(row[0], type=kind) for row in rows]

    # --------------------------------------------------------------------------------------------------- live sessions

    def enter(self, session: LiveEntry, *, per_owner: int, in_all: int, lease_s: float) -> Awaitable[Entrance]:
        return self._whole(self._enter, session, per_owner, in_all, lease_s)

    def _enter(self, session: LiveEntry, per_owner: int, in_all: int, lease_s: float) -> Entrance:
        now = self._clock()
        self._connection.execute("DELETE FROM live WHERE until <= ?", (now,))
        self._connection.execute("DELETE FROM told WHERE id NOT IN (SELECT id FROM live)")
        counted = "SELECT count(*), total(owner = ?), total(id = ?) FROM live"
        many, own, same = self._connection.execute(counted, (session.owner, session.id)).fetchone()
        if same:
            return "id lives"
        if per_owner and own >= per_owner:
            return "owner full"
        if in_all and many >= in_all:
            return "store full"
        values = (session.id, session.owner, session.worker, session.started_at, now + lease_s)
        record = msgspec.msgpack.encode(session)
        self._connection.execute("INSERT INTO live VALUES (?, ?, ?, ?, ?, ?)", (*values, record))
        return "entered"

    def leave(self, session_id: str) -> Awaitable[None]:
        return self._whole(self._leave, session_id)

    def _leave(self, session_id: str) -> None:
        self._connection.execute("DELETE FROM live WHERE id = ?", (session_id,))
        self._connection.execute("DELETE FROM orders WHERE session_id = ?", (session_id,))
        self._connection.execute("DELETE FROM told WHERE id = ?", (session_id,))

    def renew(self, worker: str, lease_s: float) -> Awaitable[Sequence[tuple[str, bytes]]]:
        return self._whole(self._renew, worker, lease_s)

    def _renew(self, worker: str, lease_s: float) -> Sequence[tuple[str, bytes]]:
        self._counters.tidy()
        self._connection.execute("UPDATE live SET until = ? WHERE worker = ?", (self._clock() + lease_s, worker))
        query = "DELETE FROM orders WHERE worker = ? RETURNING number, session_id, content"
        rows = self._connection.execute(query, (worker,)).fetchall()
        return [(session_id, content) for _, session_id, content in sorted(rows)]

    def live(self, owner: str | None) -> Awaitable[Sequence[LiveEntry]]:
        return self._do(self._all, "live", LiveEntry, owner)

    def order(self, session_id: str, order: bytes) -> Awaitable[bool]:
        return self._whole(self._order, session_id, order)

    def _order(self, session_id: str, order: bytes) -> bool:
        query = "INSERT INTO orders (session_id, worker, content) SELECT id, worker, ? FROM live WHERE id = ?"
        alive = f"{query} AND until > ?"
        return self._connection.execute(alive, (order, session_id, self._clock())).rowcount > 0

    def tell(self, session_id: str, report: bytes) -> Awaitable[None]:
        return self._whole(self._tell, session_id, report)

    def _tell(self, session_id: str, report: bytes) -> None:
        alive = "SELECT id, ? FROM live WHERE id = ?"
        self._connection.execute(f"INSERT OR REPLACE INTO told {alive}", (report, session_id))

    def told(self) -> Awaitable[Mapping[str, bytes]]:
        return self._do(self._told)

    def _told(self) -> Mapping[str, bytes]:
        return dict(self._connection.execute("SELECT id, report FROM told").fetchall())

    # -------------------------------------------------------------------------------------------------------- spending

    def spend(self, owner: str, costs: Mapping[Rate, int]) -> Awaitable[Sequence[Standing]]:
        return self._do(self._spend, owner, dict(costs))  # each statement is whole by itself, and shorter

    def _spend(self, owner: str, costs: Mapping[Rate, int]) -> Sequence[Standing]:
        return [counters.spend(self._limiter, owner, rate, cost) for rate, cost in costs.items()]


def _open(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    _keep_a_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    for table in _TABLES:
        connection.execute(table)
    return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. SQLite does not wait for its turn here: of two processes that start at once, one
    is told "locked" at once, whatever `busy_timeout` says (sqlite.org/wal.html, section 9)."""
    give_up_at = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return
