"""What one call of `Session.handle` gives back: server events and commands, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from ovos_voice_agent.core.commands import Command
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ErrorDetails

Output: TypeAlias = se.ServerEvent | Command

NewId: TypeAlias = Callable[[str], str]
"""Makes an id that was never used before from its prefix: `new_id("item")` -> "item_…"."""

Event = TypeVar("Event")


class Outputs:
    """Collects outputs while an input is handled; `now` is the time of that input (seconds, monotonic)."""

    __slots__ = ("_collected", "new_id", "now")

    def __init__(self, new_id: NewId, now: float) -> None:
        self.new_id = new_id
        self.now = now
        self._collected: list[Output] = []

    def send(self, event: Callable[..., Event], **fields: Any) -> None:
        """Send a server event; its `event_id` is made here."""
        self._collected.append(event(event_id=self.new_id("event"), **fields))  # type: ignore[arg-type]

    def order(self, command: Command) -> None:
        """Ask the shell for something."""
        self._collected.append(command)

    def refuse(self, error: ClientError, event_id: str | None) -> None:
        """Answer a client event that cannot be done (protocol.md 0, rule 3)."""
        details = ErrorDetails(
            type=error.type, code=error.code, message=error.message, param=error.param, event_id=event_id
        )
        self.send(se.Error, error=details)

    def take(self) -> list[Output]:
        """All outputs since the last call."""
        collected, self._collected = self._collected, []
        return collected
