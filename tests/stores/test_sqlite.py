"""The store in memory and in a file, alone and shared by two processes."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.stores.interface import LiveEntry, PreparedSession, Rate, Store
from ovos_voice_agent.stores.sqlite import REMEMBERED_S, SqliteStore

Script = Callable[[Any], Awaitable[None]]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["memory", "file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return None if request.param == "memory" else tmp_path / "state" / "store.sqlite3"


def play(path: Path | None, script: Callable[[Store, Clock], Awaitable[None]]) -> None:
    async def run() -> None:
        clock = Clock()
        store = SqliteStore(path, clock)
        await script(store, clock)
        await store.close()

    asyncio.run(run())


def prepared(session_id: str = "sess_1", owner: str = "kitchen", **more: Any) -> PreparedSession:
    times = {"created_at": 1_000_000.0, "expires_at": 1_000_600.0}
    return PreparedSession(id=session_id, owner=owner, settings=b"{}", **times | more)


def live(session_id: str, owner: str = "kitchen", worker: str = "one") -> LiveEntry:
    return LiveEntry(
        id=session_id, owner=owner, worker=worker, kind="realtime", model="m", dialect="ga", started_at=1_000_000.0
    )


def test_the_signing_key_stays(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        key = await store.signing_key()
        assert len(key) == 32
        assert await store.signing_key() == key

    play(path, script)


def test_prepared_sessions_are_kept_replaced_listed_and_forgotten(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        await store.keep(prepared("sess_1", metadata={"a": "b"}))
        await store.keep(prepared("sess_2", owner="car", created_at=1_000_001.0))
        await store.keep(prepared("sess_1", name="new"))
        assert await store.prepared("sess_1") == prepared("sess_1", name="new")
        assert [session.id for session in await store.all_prepared(None)] == ["sess_2", "sess_1"]
        assert [session.id for session in await store.all_prepared("kitchen")] == ["sess_1"]
        assert await store.forget("sess_1")
        assert not await store.forget("sess_1")
        assert await store.prepared("sess_1") is None

    play(path, script)


def test_an_expired_session_is_remembered_for_a_while(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        await store.keep(prepared("sess_1"))
        clock.now = 1_000_600.0 + REMEMBERED_S - 1
        await store.keep(prepared("sess_2", expires_at=clock.now))
        assert await store.prepared("sess_1") is not None
        clock.now += 1
        await store.keep(prepared("sess_3"))
        assert await store.prepared("sess_1") is None

    play(path, script)


def test_no_owner_has_more_live_sessions_than_allowed(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        assert await store.enter(live("sess_1"), per_owner=2, in_all=0, lease_s=10) == "entered"
        assert await store.enter(live("sess_2"), per_owner=2, in_all=0, lease_s=10) == "entered"
        assert await store.enter(live("sess_3"), per_owner=2, in_all=0, lease_s=10) == "owner full"
        assert await store.enter(live("sess_4", owner="car"), per_owner=2, in_all=0, lease_s=10) == "entered"
        assert await store.enter(live("sess_5"), per_owner=0, in_all=0, lease_s=10) == "entered"
        await store.leave("sess_1")
        await store.leave("sess_5")
        assert await store.enter(live("sess_3"), per_owner=2, in_all=0, lease_s=10) == "entered"
        assert {session.id for session in await store.live(None)} == {"sess_2", "sess_3", "sess_4"}
        assert [session.id for session in await store.live("car")] == ["sess_4"]

    play(path, script)


def test_all_owners_together_have_no_more_live_sessions_than_allowed(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        assert await store.enter(live("sess_1"), per_owner=1, in_all=2, lease_s=10) == "entered"
        assert await store.enter(live("sess_2", owner="car"), per_owner=1, in_all=2, lease_s=10) == "entered"
        assert await store.enter(live("sess_3", owner="boat"), per_owner=1, in_all=2, lease_s=10) == "store full"
        await store.leave("sess_1")
        assert await store.enter(live("sess_3", owner="boat"), per_owner=1, in_all=2, lease_s=10) == "entered"

    play(path, script)


def test_an_id_lives_once(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        assert await store.enter(live("sess_1"), per_owner=0, in_all=0, lease_s=10) == "entered"
        assert await store.enter(live("sess_1", owner="car"), per_owner=1, in_all=0, lease_s=10) == "id lives"

    play(path, script)


def test_what_a_dead_worker_held_is_free_after_its_lease(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        await store.enter(live("sess_1", worker="dead"), per_owner=1, in_all=0, lease_s=10)
        clock.now += 9
        await store.renew("other", 10)
        assert await store.enter(live("sess_2"), per_owner=1, in_all=0, lease_s=10) == "owner full"
        clock.now += 1
        assert await store.live(None) == []
        assert await store.enter(live("sess_2"), per_owner=1, in_all=0, lease_s=10) == "entered"
        clock.now += 9
        await store.renew("one", 10)
        clock.now += 9
        assert len(await store.live(None)) == 1

    play(path, script)


def test_orders_reach_the_worker_of_the_session_once_and_in_order(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        await store.enter(live("sess_1", worker="one"), per_owner=0, in_all=0, lease_s=10)
        assert await store.order("sess_1", b"first")
        assert await store.order("sess_1", b"second")
        assert not await store.order("sess_9", b"nobody")
        assert await store.renew("two", 10) == []
        assert await store.renew("one", 10) == [("sess_1", b"first"), ("sess_1", b"second")]
        assert await store.renew("one", 10) == []
        await store.order("sess_1", b"late")
        await store.leave("sess_1")
        assert await store.renew("one", 10) == []

    play(path, script)


def test_what_is_told_of_a_session_lives_as_long_as_it(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        for session_id in ("sess_1", "sess_2"):
            await store.enter(live(session_id, worker="one"), per_owner=0, in_all=0, lease_s=10)
            await store.tell(session_id, b"old")
        await store.tell("sess_1", b"new")
        await store.tell("sess_9", b"nobody")
        assert await store.told() == {"sess_1": b"new", "sess_2": b"old"}
        await store.leave("sess_2")
        assert await store.told() == {"sess_1": b"new"}
        clock.now += 11
        await store.enter(live("sess_3", worker="two"), per_owner=0, in_all=0, lease_s=10)
        assert await store.told() == {}, "its worker died"

    play(path, script)


REQUESTS = Rate("requests", 3, "minute")
TOKENS = Rate("tokens", 100, "minute")


def test_spending_is_allowed_up_to_the_amount_and_starts_anew_with_the_next_window(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        seen = [(await store.spend("kitchen", {REQUESTS: 1}))[0] for _ in range(4)]
        assert [(standing.allowed, standing.remaining) for standing in seen] == [
            (True, 2),
            (True, 1),
            (True, 0),
            (False, 0),
        ]
        assert {standing.resets_at for standing in seen} == {1_000_060.0}
        assert (await store.spend("car", {REQUESTS: 1}))[0].allowed
        clock.now += 60
        assert (await store.spend("kitchen", {REQUESTS: 1}))[0].remaining == 2

    play(path, script)


def test_looking_costs_nothing_and_several_rates_are_counted_at_once(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        requests, tokens = await store.spend("kitchen", {REQUESTS: 1, TOKENS: 0})
        assert (requests.remaining, tokens.remaining, tokens.allowed) == (2, 100, True)
        (tokens,) = await store.spend("kitchen", {TOKENS: 130})
        assert (tokens.remaining, tokens.allowed) == (0, False)
        assert not (await store.spend("kitchen", {TOKENS: 0}))[0].allowed

    play(path, script)


def test_spending_counts_even_if_nobody_waits(path: Path | None) -> None:
    async def script(store: Store, clock: Clock) -> None:
        unawaited = store.spend("kitchen", {TOKENS: 30})
        assert (await store.spend("kitchen", {TOKENS: 0}))[0].remaining == 70
        await unawaited

    play(path, script)


def test_others_cannot_read_the_file(tmp_path: Path) -> None:
    async def script(store: Store, clock: Clock) -> None:
        await store.signing_key()

    play(tmp_path / "deep" / "store.sqlite3", script)
    assert (tmp_path / "deep" / "store.sqlite3").stat().st_mode & 0o077 == 0
    assert (tmp_path / "deep").stat().st_mode & 0o077 == 0


PROCESS = """
import asyncio, sys
from pathlib import Path
from ovos_voice_agent.stores.interface import LiveEntry, Rate
from ovos_voice_agent.stores.sqlite import SqliteStore

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    key = await store.signing_key()
    sys.stdin.readline()
    rate = Rate("requests", 500, "day")
    allowed = sum([(await store.spend("kitchen", {rate: 1}))[0].allowed for _ in range(400)])
    worker = sys.argv[2]
    rest = {"worker": worker, "kind": "", "model": "", "dialect": "", "started_at": 0}
    def session(i, owner):
        return LiveEntry(id=f"{worker}-{owner}-{i}", owner=owner, **rest)
    owned = [await store.enter(session(i, "k"), per_owner=30, in_all=0, lease_s=60) for i in range(40)]
    rest_of_all = [await store.enter(session(i, worker), per_owner=0, in_all=50, lease_s=60) for i in range(40)]
    print(key.hex(), allowed, owned.count("entered"), rest_of_all.count("entered"))
    await store.close()

asyncio.run(main())
"""


@pytest.mark.real
def test_two_processes_share_keys_and_quotas_to_the_unit(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "store.sqlite3")]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as owned:
        processes = [owned.enter_context(subprocess.Popen([*command, name], **pipes)) for name in ("one", "two")]
        for process in processes:
            process.stdin.write("go\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        answers = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert answers[0][0] == answers[1][0]
    assert sum(int(answer[1]) for answer in answers) == 500
    assert sum(int(answer[2]) for answer in answers) == 30
    assert sum(int(answer[3]) for answer in answers) == 20, "fifty in all"


def test_a_process_that_starts_waits_for_one_that_makes_the_file(tmp_path: Path) -> None:
    """SQLite itself does not wait here, whatever its busy time-out says."""
    path = tmp_path / "store.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.1, other.execute, ["COMMIT"])
        release.start()
        asyncio.run(SqliteStore(path).close())
        release.join()
