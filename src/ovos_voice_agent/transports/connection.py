"""One open WebSocket: client events in, server events out, until either side ends it.

Rules:

- Events are handled in the order of their arrival; what is no audio waits until the audio before it has been judged.
- Whoever is too fast waits: the client for the detector and for its own answers, the session's producers for the
  client.
- However it ends, the session ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from ovos_voice_agent.core.engine_events import Refused
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import InputAudioBufferAppend
from ovos_voice_agent.protocol.codec import BadEvent
from ovos_voice_agent.transports.dialect import Dialect
from ovos_voice_agent.transports.outbox import AsgiSend, Goodbye, Outbox
from ovos_voice_agent.transports.patience import STALLED, Patience, Signs
from ovos_voice_agent.transports.rate import EventRate

Message: TypeAlias = MutableMapping[str, Any]
AsgiReceive: TypeAlias = Callable[[], Awaitable[Message]]

ABUSE = Goodbye(1008, "Too many events.")


class Runner(Protocol):
    """What a connection needs of the session behind it; `runtime.runner.SessionRunner` in the server."""

    def post(self, input: Input) -> None:
        """Hand over a fact."""

    async def caught_up(self) -> None:
        """Wait, within bounds, until the detector has judged all audio."""

    async def ready_for_more(self) -> None:
        """Wait until more audio is welcome."""


class Wire(Protocol):
    """The socket under a WebSocket, as far as ASGI hides it; `transports.server.Socket` in the server."""

    def unsent_bytes(self) -> int:
        """What the client has not taken yet."""

    def hang_up(self, code: int, reason: str) -> None:
        """Say why, and cut the line soon, taken or not."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds of one connection; 0 is unlimited except for `reader_timeout_s`."""

    reader_timeout_s: float = 30.0
    idle_timeout_s: float = 0.0
    events_per_second: int = 0


class Connection:
    """Moves frames between one client and its session."""

    def __init__(
        self,
        runner: Runner,
        dialect: Dialect,
        outbox: Outbox,
        wire: Wire,
        limits: ConnectionLimits,
        clock: Callable[[], float],
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._runner = runner
        self._dialect = dialect
        self._outbox = outbox
        self._wire = wire
        self._clock = clock
        self._rate = EventRate(limits.events_per_second)
        self._patience = Patience(
            clock(), reader_timeout_s=limits.reader_timeout_s, idle_timeout_s=limits.idle_timeout_s
        )
        self._frames_received = 0
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._next_look: asyncio.TimerHandle | None = None

    async def run(self, receive: AsgiReceive, send: AsgiSend) -> None:
        """Until the connection is closed, by whomever. Raises what is a bug."""
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write(send))
                reading = group.create_task(self._read(receive))
                writing.add_done_callback(lambda _: reading.cancel())
                self._tasks = (writing, reading)
                self._look()
        finally:
            self._outbox.abandon()
            if self._next_look is not None:
                self._next_look.cancel()

    async def _write(self, send: AsgiSend) -> None:
        with contextlib.suppress(OSError):  # the client is gone, which the reader learns as well
            await self._outbox.drain(send)

    async def _read(self, receive: AsgiReceive) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            frame = message.get("text")
            self._frames_received += 1
            for event in self._decoded(message["bytes"] if frame is None else frame):
                await self._take(event)
            if self._rate.abused:
                self._outbox.close(ABUSE.code, ABUSE.reason)
                return
        self._hurry_out()

    async def _take(self, event: Input) -> None:
        """Hand one event to the session, and wait until it and the client can take the next."""
        event = self._judged(event)
        if type(event) is not InputAudioBufferAppend:
            await self._runner.caught_up()
        self._runner.post(event)
        await self._runner.ready_for_more()
        await self._outbox.room()

    def _decoded(self, frame: str | bytes) -> Sequence[Input]:
        try:
            return self._dialect.decode(frame)
        except BadEvent as error:
            return (Refused(error, error.event_id),)

    def _judged(self, event: Input) -> Input:
        """The event, or its refusal where the client sends too many."""
        if self._rate.allows(self._clock()):
            return event
        message = f"Too many events: the limit is {self._rate.per_second} per second."
        return Refused(ClientError(message, code="too_many_events"), getattr(event, "event_id", None))

    def _look(self) -> None:
        """See whether the client still does anything; look again later."""
        goodbye = self._patience.judge(self._signs(), self._clock())
        if goodbye is None:
            self._next_look = asyncio.get_running_loop().call_later(self._patience.look_every_s, self._look)
        elif goodbye is STALLED:  # a close frame behind what it does not take would never reach it
            self._wire.hang_up(goodbye.code, goodbye.reason)
            self._hurry_out()
        else:
            self._outbox.close(goodbye.code, goodbye.reason)

    def _signs(self) -> Signs:
        outbox = self._outbox
        return Signs(outbox.frames_sent, self._frames_received, outbox.waiting_bytes, self._wire.unsent_bytes())

    def _hurry_out(self) -> None:
        """Nothing more can be sent or received."""
        self._outbox.abandon()
        for task in self._tasks:
            task.cancel()
