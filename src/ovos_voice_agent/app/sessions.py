"""Opens sessions: a place in the hub, a session of the core with its settings, and the runner around both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ovos_voice_agent.app.offering import settings_for
from ovos_voice_agent.config import Config
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.session import Identity, Session
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.runtime.hub import Hub
from ovos_voice_agent.runtime.runner import SessionRunner
from ovos_voice_agent.runtime.world import Sink, World
from ovos_voice_agent.transports.opening import Opening

UNLIMITED = timedelta(days=3650)
"""What clients are told of the end of a session that has none (protocol.md 6.21)."""


class Sessions:
    """The sessions of this server, from the moment that its engines are ready."""

    def __init__(self, config: Config, world: World, hub: Hub, catalogue: Catalogue, offer: Offer) -> None:
        self._config = config
        self._world = world
        self._hub = hub
        self._catalogue = catalogue
        self._offer = offer

    async def open(self, opening: Opening, sink: Sink) -> SessionRunner:
        """Raises ClientError when no place is left. Whoever opens a session closes it."""
        session_id = self._world.new_id("sess")
        self._hub.admit(session_id)
        try:
            runner = LiveSession(session_id, self._session(session_id, opening), self._world, sink, self._hub)
        except BaseException:
            self._hub.leave(session_id)
            raise
        self._hub.enter(runner)
        return runner

    def _session(self, session_id: str, opening: Opening) -> Session:
        settings = settings_for(opening, self._config, self._catalogue)
        identity = Identity(session_id, self._expires_at())
        return Session(identity, settings, self._offer, self._world.new_id, self._world.clock())

    def _expires_at(self) -> int:
        """Unix seconds."""
        limit = timedelta(seconds=self._offer.limits.session_seconds) or UNLIMITED
        return int((datetime.now(UTC) + limit).timestamp())


class LiveSession(SessionRunner):
    """A runner that gives its place back."""

    def __init__(self, session_id: str, session: Session, world: World, sink: Sink, hub: Hub) -> None:
        super().__init__(session_id, session, world, sink)
        self._hub = hub

    async def close(self) -> None:
        try:
            await super().close()
        finally:
            self._hub.leave(self.session_id)
