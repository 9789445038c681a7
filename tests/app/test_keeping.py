"""Leases are renewed while there are sessions, and orders of other processes carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ovos_voice_agent.app.keeping import LEASE_S, Keeper, when_done
from ovos_voice_agent.stores.interface import LiveEntry
from ovos_voice_agent.stores.sqlite import SqliteStore
from tests.transports.plain import settle

ENTRY = LiveEntry(id="sess_1", owner="", worker="one", kind="", model="", dialect="", started_at=0)


def test_a_busy_worker_renews_and_obeys() -> None:
    async def script() -> None:
        now, obeyed = [1000.0], []
        store = SqliteStore(None, lambda: now[0])
        keeper = Keeper(store, "one", lambda: True, lambda *order: obeyed.append(order))
        await store.enter(ENTRY, per_owner=0, in_all=0, lease_s=LEASE_S)
        await store.order("sess_1", b"end")
        now[0] += LEASE_S - 1
        keeper._renew()
        keeper.stop()
        now[0] += 2
        assert len(await store.live(None)) == 1
        await settle()
        assert obeyed == [("sess_1", b"end")]
        await store.close()

    asyncio.run(script())


def test_an_idle_worker_leaves_the_store_alone() -> None:
    class Untouched(SqliteStore):
        def renew(self, worker: str, lease_s: float) -> asyncio.Future[Sequence[tuple[str, bytes]]]:
            raise AssertionError

    async def script() -> None:
        store = Untouched(None)
        keeper = Keeper(store, "one", lambda: False, lambda *_: None)
        keeper._renew()
        keeper.stop()
        keeper.stop()
        await store.close()

    asyncio.run(script())


def test_a_failure_of_the_store_is_logged_and_nobody_falls(caplog: pytest.LogCaptureFixture) -> None:
    async def script() -> None:
        work: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        when_done(work)
        work.set_exception(OSError("disk"))
        dropped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        when_done(dropped)
        dropped.cancel()
        await settle()

    asyncio.run(script())
    assert len(caplog.records) == 1
