"""One open WebSocket: client events in, server events out, until either side ends it.

Rules:

- Events are handled in the order of their arrival; what is no audio waits until the audio before it has been judged.
- A frame that need not wait is handled as it arrives, without a task: that is most of what a session costs. One that
  must wait is handled by a task, with all that come after it, and meanwhile nothing more is read.
- Whoever is too fast waits: the client for the detector and for its own answers, the session's producers for the
  client. However many frames come at once, others get their turn between them.
- However it ends, the session ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeAlias

from ovos_voice_agent.core.engine_events import Refused
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import InputAudioBufferAppend
from ovos_voice_agent.protocol.codec import BadEvent, plain_append
from ovos_voice_agent.transports.dialect import Dialect
from ovos_voice_agent.transports.outbox import AsgiSend, Goodbye, Outbox
from ovos_voice_agent.transports.patience import STALLED, Patience, Signs
from ovos_voice_agent.transports.rate import EventRate

Message: TypeAlias = MutableMapping[str, Any]
AsgiReceive: TypeAlias = Callable[[], Awaitable[Message]]

AT_ONCE = 16
"""Frames of one client that are handled before others get their turn: at 40 ms of audio each about a millisecond."""

MERGED_BYTES = 48_000
"""Audio that is handled as one, where more than one frame waits: a second at 24 kHz."""

ABUSE = Goodbye(1008, "Too many events.")


class Receiver(Protocol):
    """What takes the messages of a client, in order."""

    def heard(self, text: bytes) -> bool:
        """A whole text message, alone, while no other waits. False, and nothing is done, when it must be handed over
        as all others are."""

    def arrived(self, messages: Sequence[str | bytes]) -> None:
        """As many as one read has brought."""


class Runner(Protocol):
    """What a connection needs of the session behind it; `runtime.runner.SessionRunner` in the server."""

    def post(self, input: Input) -> None:
        """Hand over a fact."""

    def hold(self, append: InputAudioBufferAppend) -> bool:
        """Keep audio back that nobody need hear now, in its place among the facts; False when it must be posted."""

    @property
    def is_caught_up(self) -> bool:
        """Whether the detector has judged all audio."""

    async def caught_up(self) -> None:
        """Wait for it, within bounds."""

    @property
    def is_ready_for_more(self) -> bool:
        """Whether more audio is welcome."""

    async def ready_for_more(self) -> None:
        """Wait for it, within bounds."""


class Wire(Protocol):
    """The socket under a WebSocket, as far as ASGI hides it; `transports.server.Socket` in the server."""

    def attach(self, receiver: Receiver) -> None:
        """Hand messages to `receiver` from now on, first those that came before."""

    def pause(self) -> None:
        """Read nothing more for now."""

    def resume(self) -> None:
        """Read on."""

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
        self._waiting: deque[str | bytes] = deque()
        self._text = b""
        self._append: InputAudioBufferAppend | None = None
        """What `_text`, the last that was heard, says."""
        self._catching_up = False
        self._deaf = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._next_look: asyncio.TimerHandle | None = None

    async def run(self, receive: AsgiReceive, send: AsgiSend) -> None:
        """Until the connection is closed, by whomever. Raises what is a bug."""
        try:
            async with asyncio.TaskGroup() as self._group:
                writing = self._group.create_task(self._write(send))
                ending = self._group.create_task(self._until_the_end(receive))
                writing.add_done_callback(lambda _: self._hurry_out())
                self._tasks = (writing, ending)
                self._wire.attach(self)
                self._look()
        finally:
            self._outbox.abandon()
            if self._next_look is not None:
                self._next_look.cancel()

    async def _write(self, send: AsgiSend) -> None:
        with contextlib.suppress(OSError):  # the client is gone, which the other task learns as well
            await self._outbox.drain(send)

    async def _until_the_end(self, receive: AsgiReceive) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self._hurry_out()

    # ---------------------------------------------------------------------------------------------------------- reading

    def heard(self, text: bytes) -> bool:
        """Audio from the client that need not wait: most of all that ever comes."""
        if self._catching_up or self._deaf or self._rate.per_second:
            return False
        if text != self._text:  # a muted microphone says the same again and again
            self._text, self._append = text, plain_append(text)
        append = self._append
        if append is None:
            return False
        try:
            if not self._runner.hold(append):
                if not self._is_free():
                    return False
                self._runner.post(append)
        except Exception as error:  # noqa: BLE001 - see `arrived`
            self._fail(error)
        self._frames_received += 1
        return True

    def arrived(self, frames: Sequence[str | bytes]) -> None:
        """Frames from the client."""
        self._frames_received += len(frames)
        try:
            taken = 0 if self._catching_up else self._take_at_once(frames)
        except Exception as error:  # noqa: BLE001 - a bug: it ends this connection, as one in a task would
            self._fail(error)
            return
        if taken < len(frames) and not self._deaf:
            self._waiting.extend(frames[taken:])
            self._catch_up()

    def _fail(self, error: Exception) -> None:
        self._deaf = True
        self._start(_raise(error))

    def _take_at_once(self, frames: Sequence[str | bytes]) -> int:
        """Handle frames as long as nothing has to wait. Returns how many."""
        number = 0
        while number < len(frames):
            if number >= AT_ONCE or self._deaf or not self._is_free():
                return number
            append = plain_append(frames[number])
            if append is None and not self._runner.is_caught_up:
                return number
            events, behind = self._read(append, frames, number)
            for event in events:
                self._post(event)
            number = behind
        return number

    def _read(
        self, append: InputAudioBufferAppend | None, frames: Sequence[str | bytes], at: int
    ) -> tuple[Sequence[Input], int]:
        """What a frame says that is to be posted, and the number of the next one. Audio of frames which wait in a row
        is one: the later a busy server comes to it, the less each costs. `append`: what it says if it is audio."""
        if append is None:
            return self._decoded(frames[at]), at + 1
        if append.event_id is not None or self._rate.per_second:
            return (append,), at + 1  # the same in all dialects
        if self._runner.hold(append):
            return (), at + 1
        chunks, size = [append.audio], len(append.audio)
        for frame in islice(frames, at + 1, at + AT_ONCE):
            more = plain_append(frame)
            if more is None or more.event_id is not None or size + len(more.audio) > MERGED_BYTES:
                break
            chunks.append(more.audio)
            size += len(more.audio)
        return (append if len(chunks) == 1 else InputAudioBufferAppend(audio=b"".join(chunks)),), at + len(chunks)

    def _post(self, event: Input) -> None:
        self._runner.post(self._judged(event))
        if self._rate.abused:
            self._deaf = True
            self._outbox.close(ABUSE.code, ABUSE.reason)

    def _is_free(self) -> bool:
        return self._outbox.has_room and self._runner.is_ready_for_more

    def _catch_up(self) -> None:
        """Let a task work off what waits, and read nothing until it has."""
        if not self._catching_up:
            self._catching_up = True
            self._wire.pause()
            self._start(self._work_off())

    async def _work_off(self) -> None:
        while self._waiting and not self._deaf:
            for _ in range(min(AT_ONCE, len(self._waiting))):
                for event in self._next_events():
                    await self._take(event)
            await _turn_of_others()
        self._waiting.clear()
        self._catching_up = False
        self._wire.resume()

    def _next_events(self) -> Sequence[Input]:
        """What the frames say that have waited longest."""
        if not self._waiting:
            return ()
        events, count = self._read(plain_append(self._waiting[0]), self._waiting, 0)
        for _ in range(count):
            self._waiting.popleft()
        return events

    async def _take(self, event: Input) -> None:
        """Hand one event to the session, and wait until it and the client can take the next."""
        if type(event) is not InputAudioBufferAppend:
            await self._runner.caught_up()
        self._post(event)
        await self._runner.ready_for_more()
        await self._outbox.room()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks = (*self._tasks[:2], self._group.create_task(work))

    def _decoded(self, frame: str | bytes) -> Sequence[Input]:
        try:
            return self._dialect.decode(frame)
        except BadEvent as error:
            return (Refused(error, error.event_id),)

    def _judged(self, event: Input) -> Input:
        """The event, or its refusal where the client sends too many."""
        if not self._rate.per_second or self._rate.allows(self._clock()):
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
        self._deaf = True
        self._outbox.abandon()
        for task in self._tasks:
            task.cancel()


async def _raise(error: Exception) -> None:
    raise error


async def _turn_of_others() -> None:
    """Let everything else that is ready run once."""
    turn = asyncio.Event()
    asyncio.get_running_loop().call_soon(turn.set)
    await turn.wait()
