"""The parent of several processes that serve one port together: it starts them, watches over them, and ends them.

Rules:

- The port is shared by the kernel (SO_REUSEPORT): each connection belongs to one member from its first packet to its
  last. The parent holds the port as long as it lives, and never listens on it.
- A member that dies is replaced: at once when it had lived for `STEADY_S`, else after a pause that doubles up to
  `PAUSE_LIMIT_S`. One that cannot even start for the first time ends all of them, with its reason.
- Engines' worker processes belong to the parent, and all members share them (`engines/worker_foreman.py`); they end
  when the last member has ended.
- Members run in sessions of their own, so that Ctrl-C reaches the parent alone; it hands every signal on. When the
  parent dies, the members see their socket closed, and end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import structs

from ovos_voice_agent.app.access import IN_MEMORY, default_path
from ovos_voice_agent.app.crew import CannotStart, IsReady, Link, Setup, Whole
from ovos_voice_agent.app.engines import Started, StartError
from ovos_voice_agent.app.signals import Stop
from ovos_voice_agent.config import Config
from ovos_voice_agent.engines.cores import CREW
from ovos_voice_agent.engines.worker_foreman import Foreman
from ovos_voice_agent.engines.workers import OFFICE_VARIABLE
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.stores.sqlite import SqliteStore

log = logging.getLogger(__name__)

ENGINES = "engines"
"""Where in the folder the sockets of shared workers are."""

STEADY_S = 10.0
FIRST_PAUSE_S = 0.5
PAUSE_LIMIT_S = 10.0
KILL_AFTER_S = 5.0
"""Beyond the time that members have for draining: one that is stuck then is killed."""


def shared_config(config: Config, port: int, environ: Mapping[str, str]) -> Config:
    """The configuration as all members have it: the port that is held, and a store that is a file. Raises ConfigError
    when there can be none."""
    server = config.server
    if server.store == IN_MEMORY:
        raise ConfigError(["server.store: several workers count together, and need a file for it, not 'memory'"])
    path = Path(server.store).expanduser() if server.store else default_path(port, environ)
    try:
        SqliteStore(path)  # made before the members come, or they would race for it
    except (OSError, sqlite3.Error) as error:
        problem = f"server.store: {path} cannot be used, and several workers need it: {error}"
        raise ConfigError([problem]) from error
    shared = structs.replace(server, port=port, store=str(path))
    return structs.replace(config, server=shared)


class Crew:
    """All members of one server. `on_whole` is called once, when all are ready for the first time, with what the
    engines of one of them are."""

    def __init__(self, config: Config, folder: str, on_whole: Callable[[list[Started]], None]) -> None:
        """`config` is that of `shared_config`, `folder` an empty one that only this user can see."""
        self._config = config
        self._folder = folder
        self._foreman = Foreman(Path(folder) / ENGINES)
        self._on_whole = on_whole
        self._complete = False
        self._ready: set[int] = set()
        self._links: dict[int, Link] = {}
        self._processes: dict[int, asyncio.subprocess.Process] = {}

    async def run(self, stop: Stop) -> None:
        """Until `stop`, and until all have ended. Raises StartError when a member cannot start for the first time."""
        try:
            await self._foreman.start()
        except OSError as error:
            raise StartError([f"the engines' processes cannot be shared: {error}"]) from error
        try:
            await self._keep_all(stop)
        finally:
            await self._foreman.close()

    async def _keep_all(self, stop: Stop) -> None:
        keepers = [asyncio.ensure_future(self._keep(number, stop)) for number in range(self._config.server.workers)]
        ending = asyncio.ensure_future(self._end(stop))
        try:
            await asyncio.gather(*keepers)
        finally:
            ending.cancel()
            await self._end_all(KILL_AFTER_S)
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, ending, return_exceptions=True)

    async def _keep(self, number: int, stop: Stop) -> None:
        """One member after the other under this number."""
        loop, pause_s = asyncio.get_running_loop(), 0.0
        while not stop.wanted.is_set():
            began = loop.time()
            problems = await self._live(number, stop)
            if stop.wanted.is_set():
                return
            if problems and not self._complete:
                raise StartError(problems)
            steady = loop.time() - began >= STEADY_S
            pause_s = 0.0 if steady else min(PAUSE_LIMIT_S, 2 * pause_s or FIRST_PAUSE_S)
            log.error("a serving process ended; it is started again", extra={"worker": number, "problems": problems})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wanted.wait(), pause_s)

    async def _live(self, number: int, stop: Stop) -> list[str]:
        """One member from its start to its end. Returns why it could not start, if so."""
        link = await self._begin(number)
        if stop.wanted.is_set():
            self._signal()
        problems: list[str] = []
        try:
            while (message := await link.hear()) is not None:
                if isinstance(message, IsReady):
                    self._is_ready(number, message.started)
                elif isinstance(message, CannotStart):
                    problems = message.problems
            await self._processes[number].wait()
        finally:
            self._ready.discard(number)
            del self._links[number]
            self._tell_all()
            await link.close()
        return problems

    async def _begin(self, number: int) -> Link:
        ours, theirs = socket.socketpair()
        with theirs:
            self._processes[number] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ovos_voice_agent.app.member", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, CREW: str(self._config.server.workers), OFFICE_VARIABLE: str(self._foreman.office)},
            )
        link = self._links[number] = await Link.open(ours)
        link.tell(Setup(self._config, number, self._folder, late=self._complete))
        link.tell(Whole(self._is_whole))
        return link

    # ------------------------------------------------------------------------------------------------------ being whole

    @property
    def _is_whole(self) -> bool:
        return len(self._ready) == self._config.server.workers

    def _is_ready(self, number: int, started: list[Started]) -> None:
        self._ready.add(number)
        self._tell_all()
        if self._is_whole and not self._complete:
            self._complete = True
            self._on_whole(started)

    def _tell_all(self) -> None:
        for link in self._links.values():
            link.tell(Whole(self._is_whole))

    # ----------------------------------------------------------------------------------------------------------- ending

    async def _end(self, stop: Stop) -> None:
        """Hand on the first signal, and the second; kill whoever is still there long after."""
        await stop.wanted.wait()
        self._signal()
        with contextlib.suppress(TimeoutError):
            limit_s = self._config.server.drain_timeout_s + KILL_AFTER_S
            await asyncio.wait_for(stop.wanted_at_once.wait(), limit_s)
        await self._end_all(KILL_AFTER_S)

    async def _end_all(self, limit_s: float) -> None:
        """Ask those that are left to end, for the second time if they were asked before; then kill them."""
        self._signal()
        left = [process for process in self._processes.values() if process.returncode is None]
        if left:
            await asyncio.wait([asyncio.ensure_future(process.wait()) for process in left], timeout=limit_s)
        for process in left:
            if process.returncode is None:
                log.error("a serving process does not end; it is killed", extra={"pid": process.pid})
                process.kill()

    def _signal(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
