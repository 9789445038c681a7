"""The live sessions of a process: admit, find, drain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ovos_voice_agent.core.engine_events import ShuttingDown
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.runtime.runner import SessionRunner


class Hub:
    """All sessions by id. A place is taken before the connection is accepted, so that the limit holds."""

    def __init__(self, max_sessions: int = 0) -> None:
        """0 sets no limit."""
        self._max_sessions = max_sessions
        self._runners: dict[str, SessionRunner | None] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self.draining = False
        self.ever = 0
        """Places that were ever taken."""

    def __len__(self) -> int:
        """Sessions and places taken."""
        return len(self._runners)

    def __iter__(self) -> Iterator[SessionRunner]:
        """The sessions that run now; may change while they are gone through."""
        return iter([runner for runner in self._runners.values() if runner is not None])

    def find(self, session_id: str) -> SessionRunner | None:
        return self._runners.get(session_id)

    def admit(self, session_id: str) -> None:
        """Take a place; give it back with `leave`. Raises ClientError with status 429 or, while draining, 503."""
        if self.draining:
            message = "The server is shutting down."
            raise ClientError(message, type="server_error", code="server_shutting_down", status=503)
        if self._max_sessions and len(self._runners) >= self._max_sessions:
            raise full(self._max_sessions)
        self._runners[session_id] = None
        self.ever += 1
        self._empty.clear()

    def enter(self, runner: SessionRunner) -> None:
        """The session of a place that was taken."""
        self._runners[runner.session_id] = runner

    def leave(self, session_id: str) -> None:
        """The session has ended, or never began."""
        self._runners.pop(session_id, None)
        if not self._runners:
            self._empty.set()

    async def drain(self, deadline_s: float) -> int:
        """Admit nobody any more, tell every session, and wait until all have left. Returns how many have not."""
        self.draining = True
        for runner in self:
            runner.post(ShuttingDown())
        try:
            async with asyncio.timeout(deadline_s):
                await self._empty.wait()
        except TimeoutError:
            pass
        return len(self)


def full(max_sessions: int) -> ClientError:
    """What a client is told who comes when all places are taken."""
    message = f"This server has reached its limit of {max_sessions} sessions. Try again later."
    return ClientError(message, type="rate_limit_error", code="rate_limit_exceeded", status=429)
