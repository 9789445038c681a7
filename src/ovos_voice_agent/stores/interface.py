"""What a store keeps, and the Protocol of all stores.

Rules:

- Times are Unix seconds, for several processes compare them. Amounts are whole numbers.
- What a store is asked to do is done in the order of the calls, whole or not at all, and seen by every process that
  shares the store as soon as the call returns.
- `settings` and `order` are opaque here: whoever writes them reads them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import msgspec

Resource: TypeAlias = Literal["requests", "sessions", "tokens", "audio_ms"]
Window: TypeAlias = Literal["second", "minute", "hour", "day"]
Entrance: TypeAlias = Literal["entered", "id lives", "owner full", "store full"]
"""What came of noting a session as live; all but the first left the store as it was."""


_SECONDS: Mapping[Window, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class PreparedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that a short-lived key opens. `id` is also that of the key; `owner` is the long-lived key behind it."""

    id: str
    owner: str
    settings: bytes
    created_at: float
    expires_at: float
    preview: bool = False
    """The key came from a preview endpoint, and its holder will speak that form."""
    chosen_voice: str | None = None
    name: str = ""
    metadata: dict[str, str] = {}


class LiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A session that runs. `worker` names the process it runs in; `prepared_id` is what its client's key prepared."""

    id: str
    owner: str
    worker: str
    kind: str
    model: str
    dialect: str
    started_at: float
    prepared_id: str | None = None
    address: str = ""
    agent: str = ""
    """Where the client is, and what its program calls itself."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So much of a resource per window."""

    resource: Resource
    amount: int
    window: Window

    @property
    def window_s(self) -> int:
        return _SECONDS[self.window]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an owner stands with one rate after spending. `allowed` is False when the amount was exceeded."""

    rate: Rate
    allowed: bool
    remaining: int
    resets_at: float


class Store(Protocol):
    """A store. `close` ends it; nothing may be asked of it afterwards."""

    def signing_key(self) -> Awaitable[bytes]:
        """32 random bytes, the same for all processes and for the life of the store."""

    def keep(self, session: PreparedSession) -> Awaitable[None]:
        """Add a prepared session, or replace the one of that id; those long expired are forgotten."""

    def prepared(self, session_id: str) -> Awaitable[PreparedSession | None]:
        """Also one that has expired, as long as it is remembered."""

    def all_prepared(self, owner: str | None) -> Awaitable[Sequence[PreparedSession]]:
        """The newest first; None asks for those of all owners."""

    def forget(self, session_id: str) -> Awaitable[bool]:
        """Drop a prepared session: its key is worth nothing from now on. False when there was none."""

    def enter(self, session: LiveEntry, *, per_owner: int, in_all: int, lease_s: float) -> Awaitable[Entrance]:
        """Note a session as live, unless one of that id lives, its owner has `per_owner` already, or all owners
        together have `in_all` (0: no limit). Without `renew` it counts as dead after `lease_s`."""

    def leave(self, session_id: str) -> Awaitable[None]:
        """The session has ended."""

    def renew(self, worker: str, lease_s: float) -> Awaitable[Sequence[tuple[str, bytes]]]:
        """All live sessions of a worker go on living. Returns, and forgets, the orders for them, each with its id."""

    def live(self, owner: str | None) -> Awaitable[Sequence[LiveEntry]]:
        """The newest first; None asks for those of all owners."""

    def order(self, session_id: str, order: bytes) -> Awaitable[bool]:
        """Leave an order for the worker that runs a session. False when nobody runs it."""

    def tell(self, session_id: str, report: bytes) -> Awaitable[None]:
        """Note how a live session goes, in the place of what was told of it before."""

    def told(self) -> Awaitable[Mapping[str, bytes]]:
        """What was told of live sessions, by their ids."""

    def spend(self, owner: str, costs: Mapping[Rate, int]) -> Awaitable[Sequence[Standing]]:
        """Count what an owner takes of each rate, 0 only to look. It is counted even if nobody awaits the answer."""

    def close(self) -> Awaitable[None]:
        """Finish what was asked, and let go."""
