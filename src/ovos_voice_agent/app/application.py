"""The composition root: from the configuration to engines, hub, routes and one ASGI application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from ovos_voice_agent.app import engines as stages
from ovos_voice_agent.app.access import Access, unix_now
from ovos_voice_agent.app.casting import casting_of
from ovos_voice_agent.app.crew import Peers
from ovos_voice_agent.app.engines import Started
from ovos_voice_agent.app.house import House
from ovos_voice_agent.app.ids import Ids
from ovos_voice_agent.app.keeping import Keeper
from ovos_voice_agent.app.languages import detector_of
from ovos_voice_agent.app.recordings import archive_of
from ovos_voice_agent.app.requests import open_routers, request_routers, service_of
from ovos_voice_agent.app.sessions import Sessions
from ovos_voice_agent.app.sizing import capacity_here
from ovos_voice_agent.app.troupe import troupe_of
from ovos_voice_agent.audio.encoders import warm_up
from ovos_voice_agent.config import Config
from ovos_voice_agent.engines.interface import Engine, Vad
from ovos_voice_agent.engines.registry import Registry, installed
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.runtime.admission import Admission
from ovos_voice_agent.runtime.hub import Hub
from ovos_voice_agent.runtime.load import LoadMeter
from ovos_voice_agent.runtime.metrics import LoopDelay, Metrics
from ovos_voice_agent.runtime.pressure import FEW_SESSIONS, Pressure
from ovos_voice_agent.runtime.probing import DetectorProbe
from ovos_voice_agent.runtime.runner import SessionRunner
from ovos_voice_agent.runtime.service import Service
from ovos_voice_agent.runtime.summing import merged
from ovos_voice_agent.runtime.world import Engines
from ovos_voice_agent.transports.connection import ConnectionLimits
from ovos_voice_agent.transports.cors import Pages
from ovos_voice_agent.transports.front import Front
from ovos_voice_agent.transports.http import http_app
from ovos_voice_agent.transports.lifecycle import Lifecycle
from ovos_voice_agent.transports.opening import Opening
from ovos_voice_agent.transports.outbox import Outbox
from ovos_voice_agent.transports.preparing import Preparing
from ovos_voice_agent.transports.sessions_http import Desk, session_routes
from ovos_voice_agent.transports.web import choice_routes, reason_routes
from ovos_voice_agent.transports.websocket import PATHS, Door, RealtimeSocket
from ovos_voice_agent.weights.store import store_in

SESSIONS = "sessions"
"""The last to be ready: they need the names of what the engines offer."""


class Application:
    """A server without its sockets. `asgi` answers from the beginning; sessions are opened once `start` is done."""

    def __init__(
        self,
        config: Config,
        engines: Mapping[str, Engine],
        clock: Callable[[], float] = time.monotonic,
        registry: Registry | None = None,
    ) -> None:
        """`engines` by stage, not started; they belong to the application from now on. Those of personas come from the
        `registry`. Raises ConfigError with every mistake in the personas."""
        self._config = config
        self._engines = dict(engines)
        self._troupe = troupe_of(config.session, lambda: registry or installed(store_in(config.models.folder)))
        self._all_engines = {**self._engines, **self._troupe.by_label}
        self._clock = clock
        self._new_id = Ids()
        self._sessions: Sessions | None = None
        self._catalogue: Catalogue | None = None
        self._service: Service | None = None
        self.lifecycle = Lifecycle(clock, [*self._all_engines, SESSIONS], lambda: stages.away(self._all_engines))
        self.metrics = Metrics()
        self.hub = Hub(config.server.max_sessions)
        self.pressure = Pressure()
        self._admission = Admission(self.pressure, lambda: len(self.hub))
        self._loop_delay = LoopDelay(self.metrics, note=self.pressure.note, busy=lambda: len(self.hub) > 0)
        self._probe: DetectorProbe | None = None
        self._meter = LoadMeter()
        self._house = House(config, self._engines, self._names, self.lifecycle, self.hub, self._meter)
        self._text_language = detector_of(config.session)
        self._access = Access(config)
        self._archive = archive_of(config.recording)
        self._worker = self._new_id("worker")
        self._keeper = Keeper(
            self._access.store, self._worker, lambda: len(self.hub) > 0, lambda *order: self._open().obey(*order)
        )
        self._closed = False
        self._peers: Peers | None = None
        self.asgi = self._front()

    async def start(self) -> list[Started]:
        """Load and warm up every engine. Raises StartError, ConfigError (a voice that does not exist)."""
        self._loop_delay.start()
        self._meter.start()
        self._keeper.start()
        engines = stages.start(self._all_engines, self._clock, self.lifecycle.loaded)
        started, _, _ = await asyncio.gather(
            engines, asyncio.to_thread(warm_up), asyncio.to_thread(self._text_language.load)
        )
        self._join()
        if self._config.server.refuse_when_busy:
            await self._size_up()
        self.lifecycle.loaded(SESSIONS)
        return started

    async def _size_up(self) -> None:
        """Find out how many sessions this process bears, so that those who would be too many are refused in time."""
        vad = cast("Vad", self._engines["vad"])
        capacity = await capacity_here(self._config.server, vad)
        self.pressure.expect(capacity.expected_share)
        self.lifecycle.capacity = dict(capacity.sessions)
        for kind, sessions in capacity.sessions.items():
            self.metrics.capacity.labels(kind).set(sessions)
        self._probe = DetectorProbe(vad, self._note_detector, wanted=lambda: len(self.hub) >= FEW_SESSIONS)
        self._probe.start()

    def _note_detector(self, late_s: float) -> None:
        self.pressure.note_detector(late_s)
        self.metrics.detector_delay.observe(late_s)

    def join_crew(self, peers: Peers) -> None:
        """Serve as one of several processes, which the lifecycle is told of from now on."""
        self._peers = peers
        self.lifecycle.crew_is_whole(False)

    async def _metrics_text(self) -> bytes:
        """Of all processes that serve together."""
        return self.metrics.render() if self._peers is None else merged(await self._peers.texts())

    def sessions(self) -> tuple[int, int]:
        """How many are open in this process, and how many there have been."""
        return len(self.hub), self.hub.ever

    async def drain(self, deadline_s: float) -> None:
        """Let nobody in any more, and end all sessions."""
        self.lifecycle.drain()
        await self.hub.drain(deadline_s)

    async def close(self) -> None:
        """Stop the engines. Safe to call twice, and after a failed start."""
        self.lifecycle.drain()
        self._loop_delay.stop()
        if self._probe is not None:
            self._probe.stop()
        self._meter.stop()
        self._keeper.stop()
        await stages.close(self._all_engines)
        if not self._closed:
            self._closed = True
            await self._access.store.close()
            if self._archive is not None:
                await asyncio.to_thread(self._archive.close)

    # ------------------------------------------------------------------------------------------------------- the parts

    def _front(self) -> Front:
        server, access = self._config.server, self._access
        door = Door(
            *(self.lifecycle, access.origins, access.authenticator, access.limiter, self._names),
            default_dialect=server.default_dialect,
            preview=server.preview_dialects,
        )
        routes = [session_routes(self._desk())]
        http = http_app(
            self.lifecycle,
            access.guard,
            self._names,
            self._metrics_text,
            request_routers(self._config, self._serving),
            session_routers=routes,
            open_routers=[
                choice_routes(access.guard.admit, self._house.choices),
                reason_routes(door.admit, self._open_session),
                *open_routers(self._config, self._serving),
            ],
        )
        sockets = dict.fromkeys(PATHS, self._socket(door))
        return Front(sockets, Pages(access.origins, http), self._new_id, path_prefix=server.path_prefix)

    def _desk(self) -> Desk:
        preparing = Preparing(
            self._names,
            lambda model: self._open().casting.of(model).offer,
            lambda opening: self._open().settings_for(opening),
            extended_rates=self._config.server.extended_pcm_rates,
            preview=self._config.server.preview_dialects,
        )
        find = lambda session_id: self._open().find(session_id)  # noqa: E731
        store, secrets = self._access.store, self._access.secrets
        return Desk(preparing, secrets, store, find, self._new_id, unix_now, self._house.state)

    def _socket(self, door: Door) -> RealtimeSocket:
        server = self._config.server
        limits = ConnectionLimits(server.reader_timeout_s, server.idle_timeout_s, server.events_per_second)
        decoder = ClientEventDecoder(extended_rates=server.extended_pcm_rates)
        return RealtimeSocket(door, self._open_session, decoder, limits, self._new_id, self._clock)

    def _join(self) -> None:
        """With the engines started their names are known, and sessions can be opened."""
        engines = Engines(**cast("dict[str, Any]", self._engines))
        casting = casting_of(
            self._config,
            engines,
            self._troupe,
            self._text_language,
            new_id=self._new_id,
            metrics=self.metrics,
            clock=self._clock,
        )
        self._catalogue = casting.default.names
        self._service = service_of(self._config, casting)
        self._sessions = Sessions(self._config, casting, self.hub, self._access, self._worker, self._archive)

    def _names(self) -> Catalogue:
        if self._catalogue is None:
            raise _too_early()
        return self._catalogue

    def _serving(self) -> Service:
        """For requests. They are refused as new sessions are, while the server shuts down as well."""
        self.lifecycle.check()
        if self._service is None:
            raise _too_early()
        return self._service

    def _open(self) -> Sessions:
        if self._sessions is None:
            raise _too_early()
        return self._sessions

    async def _open_session(self, opening: Opening, outbox: Outbox) -> SessionRunner:
        if self._config.server.refuse_when_busy:
            await self._admission.enter()
        return await self._open().open(opening, outbox)


def _too_early() -> ClientError:
    return ClientError("The server is still loading.", type="server_error", code="model_loading", status=503)


def build(config: Config, registry: Registry | None = None) -> Application:
    """The application of a configuration, not started. Raises ConfigError with every mistake about its engines."""
    registry = registry or installed(store_in(config.models.folder))
    return Application(config, stages.create(config.engines, registry), registry=registry)
