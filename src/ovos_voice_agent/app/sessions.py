"""Opens sessions: a place in the hub and in the store, a session of the core with its settings, and the runner."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ovos_voice_agent.app.access import Access, unix_now
from ovos_voice_agent.app.casting import Cast, Casting
from ovos_voice_agent.app.keeping import LEASE_S, when_done
from ovos_voice_agent.app.offering import settings_for
from ovos_voice_agent.config import Config
from ovos_voice_agent.core.outputs import Output
from ovos_voice_agent.core.session import Identity, Input, Session
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import InputAudioBufferAppend, SessionUpdate
from ovos_voice_agent.protocol.settings import Settings, TranscriptionSettings, view
from ovos_voice_agent.runtime.hub import Hub, full
from ovos_voice_agent.runtime.recording import Recorder
from ovos_voice_agent.runtime.runner import SessionRunner
from ovos_voice_agent.runtime.tally import Tally
from ovos_voice_agent.runtime.tapes import Archive
from ovos_voice_agent.runtime.world import Sink, World
from ovos_voice_agent.stores.interface import Entrance, LiveEntry
from ovos_voice_agent.transports.limits import Account, Untold
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.refusal import TooManyError

UNLIMITED = timedelta(days=3650)
"""What clients are told of the end of a session that has none (protocol.md 6.21)."""
ENDED_BY_OPERATOR = 1008
"""No client reconnects after it (protocol.md 7.7)."""


class Sessions:
    """The sessions of this server, from the moment that its engines are ready. `worker` names this process."""

    def __init__(
        self,
        config: Config,
        casting: Casting,
        hub: Hub,
        access: Access,
        worker: str,
        archive: Archive | None = None,
    ) -> None:
        """`archive` None: nothing is recorded."""
        self._config = config
        self.casting = casting
        self._world = casting.default.world
        self._hub = hub
        self._access = access
        self._worker = worker
        self._archive = archive

    async def open(self, opening: Opening, sink: Sink) -> LiveSession:
        """Raises ClientError when no place is left. Whoever opens a session closes it."""
        entry = await self._enter(opening)
        place = Place(entry.id, self._hub, self._access)
        try:
            account = await self._access.limiter.account(opening.credential.name)
            identity = Identity(entry.id, self._expires_at())
            session, world = self._session(identity, opening, account), self._cast(opening).world
            live = LiveSession(identity, session, world, sink, place, account)
            if self._archive is not None:
                live.record(self._archive)
        except BaseException:
            place.give_back()
            raise
        self._hub.enter(live)
        return live

    async def _enter(self, opening: Opening) -> LiveEntry:
        """A place in the store and in the hub, under the id that was prepared unless that one lives already."""
        prepared = opening.prepared
        entry = self._entry(opening, prepared.id if prepared else self._world.new_id("sess"))
        limit = self._access.limiter.quota(entry.owner).live_sessions
        while (entered := await self._note(entry, limit)) == "id lives":
            entry = self._entry(opening, self._world.new_id("sess"))
        if entered == "owner full":
            raise TooManyError(f"This key has reached its limit of {limit} sessions at a time.")
        if entered == "store full":
            raise full(self._config.server.max_sessions)
        try:
            self._hub.admit(entry.id)
        except ClientError:
            when_done(self._access.store.leave(entry.id))
            raise
        return entry

    def _note(self, entry: LiveEntry, per_owner: int) -> Awaitable[Entrance]:
        """The limit of the server holds for all its processes together: they share the store."""
        in_all = self._config.server.max_sessions
        return self._access.store.enter(entry, per_owner=per_owner, in_all=in_all, lease_s=LEASE_S)

    def _entry(self, opening: Opening, session_id: str) -> LiveEntry:
        return LiveEntry(
            id=session_id,
            owner=opening.credential.name,
            worker=self._worker,
            kind=opening.kind,
            model=opening.model,
            dialect=opening.dialect,
            started_at=unix_now(),
            prepared_id=opening.prepared.id if opening.prepared else None,
            address=opening.address,
            agent=opening.agent,
        )

    def _session(self, identity: Identity, opening: Opening, account: Account | None) -> Session:
        defaults = self.settings_for(opening)
        settings = opening.settings or defaults
        offer = self._cast(opening).offer
        if account is not None:
            told = self._config.server.send_rate_limits
            offer = replace(offer, allowance=account if told else Untold(account))
        return Session(identity, settings, offer, self._world.new_id, self._world.clock(), defaults)

    def settings_for(self, opening: Opening) -> Settings:
        """What a session starts with whose client says nothing more."""
        return settings_for(opening, self._config, self._cast(opening).names)

    def _cast(self, opening: Opening) -> Cast:
        return self.casting.of(opening.model) if opening.kind == "realtime" else self.casting.default

    def _expires_at(self) -> int:
        """Unix seconds."""
        limit = timedelta(seconds=self.casting.default.offer.limits.session_seconds) or UNLIMITED
        return int((datetime.now(UTC) + limit).timestamp())

    def find(self, session_id: str) -> LiveSession | None:
        """A session of this process."""
        runner = self._hub.find(session_id)
        return runner if isinstance(runner, LiveSession) else None

    def obey(self, session_id: str, order: bytes) -> None:
        """Carry out what another process ordered for one of our sessions; see `transports/sessions_http.py`."""
        live = self.find(session_id)
        if live is None:
            return
        content: dict[str, Any] = msgspec.json.decode(order)
        if "report" in content:
            when_done(self._access.store.tell(session_id, msgspec.json.encode(live.report())))
        elif "update" in content:
            live.update(content["update"])
        else:
            live.end(content["end"])


class Place:
    """The place of one session, in the hub and in the store."""

    def __init__(self, session_id: str, hub: Hub, access: Access) -> None:
        self._session_id = session_id
        self._hub = hub
        self._access = access
        self._taken = True

    def give_back(self) -> None:
        """Safe to call twice."""
        if self._taken:
            self._taken = False
            self._hub.leave(self._session_id)
            when_done(self._access.store.leave(self._session_id))


class LiveSession(SessionRunner):
    """A runner that can be shown and ended from outside, counts the audio it hears, and gives its place back."""

    def __init__(
        self, identity: Identity, session: Session, world: World, sink: Sink, place: Place, account: Account | None
    ) -> None:
        super().__init__(identity.session_id, session, world, sink)
        self._tally = Tally()
        self.tap(self._tally)
        self._identity = identity
        self._core = session
        self._way_out = sink
        self._place = place
        self._account = account
        if account is not None:
            self.tap(_Meter(account, session))

    def record(self, archive: Archive) -> None:
        """From now on, whenever its settings say so. Where the disk fails, the client is told that it ended."""
        loop = asyncio.get_running_loop()

        def broke_off(_: str) -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(self._record_no_more)

        self.tap(Recorder(self.session_id, archive, lambda: self._core.settings, self._world.clock, broke_off))

    def _record_no_more(self) -> None:
        kind = "transcription" if isinstance(self._core.settings, TranscriptionSettings) else "realtime"
        self.update({"type": kind, "x_ovos": {"recording": False}})

    def report(self) -> dict[str, Any]:
        """How it goes, for operators."""
        engines = {engine.info.kind: engine.info.name for engine in self._world.engines}
        return {**asdict(self._tally.standing), "engines": engines}

    def view(self) -> dict[str, Any]:
        """The session as its client sees it, in GA form."""
        return view(self._core.settings, self.session_id, self._identity.expires_at)

    def check(self, session: Mapping[str, Any]) -> None:
        """Raises ClientError when `update` would be refused."""
        self._core.check_update(session)

    def update(self, session: dict[str, Any]) -> None:
        """Change settings as if the client had asked for it, with a checked session request."""
        self.post(SessionUpdate(session=session))

    def end(self, reason: str) -> None:
        """Close the connection, for a reason that its client is told."""
        self._way_out.close(ENDED_BY_OPERATOR, reason)

    async def close(self) -> None:
        try:
            await super().close()
        finally:
            if self._account is not None:
                self._account.settle()
            self._place.give_back()


class _Meter:
    """A tap that counts the audio heard of a session against its owner's quota."""

    def __init__(self, account: Account, session: Session) -> None:
        self._account = account
        self._session = session

    def took(self, input: Input) -> None:
        if type(input) is InputAudioBufferAppend:
            heard = self._session.settings.audio.input.format.audio_format()
            self._account.heard(1000 * heard.samples_in_bytes(len(input.audio)) / heard.rate_hz)

    def gave(self, output: Output) -> None:
        """What is said costs nothing here."""

    def ended(self) -> None:
        """The account is its owner's."""
