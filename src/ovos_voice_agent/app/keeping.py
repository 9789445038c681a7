"""Keeps the entries of our live sessions in the store alive, and carries out what other processes ordered for them."""

from __future__ import annotations

import asyncio
import logging
from asyncio import Future
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from ovos_voice_agent.stores.interface import Store

log = logging.getLogger(__name__)

RENEW_EVERY_S = 1.0
"""How long an order of another process waits at most."""
LEASE_S = 30.0
"""How long the sessions of a worker that died still count; also how long a worker may be stuck without losing them."""

Obey = Callable[[str, bytes], None]
"""Carries out an order for a session of this process, by its id."""


class Keeper:
    """For one worker. `busy` tells whether it has sessions: without any, the store is left alone."""

    def __init__(self, store: Store, worker: str, busy: Callable[[], bool], obey: Obey) -> None:
        self._store = store
        self._worker = worker
        self._busy = busy
        self._obey = obey
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """On the running loop, until `stop`."""
        self._handle = asyncio.get_running_loop().call_later(RENEW_EVERY_S, self._renew)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _renew(self) -> None:
        self.start()
        if self._busy():
            when_done(self._store.renew(self._worker, LEASE_S), self._renewed)

    def _renewed(self, orders: Sequence[tuple[str, bytes]]) -> None:
        for session_id, order in orders:
            self._obey(session_id, order)


def when_done(work: Awaitable[Any], then: Callable[[Any], None] = lambda _: None) -> None:
    """Hand on what the store's work results in, or log its failure; nobody has to wait for it."""

    def done(future: Future[Any]) -> None:
        if future.cancelled():
            return
        if (error := future.exception()) is not None:
            log.error("the store failed", exc_info=error)
        else:
            then(future.result())

    cast("Future[Any]", work).add_done_callback(done)
