"""The loop around one session: an input goes in, its server events are sent and its commands performed.

Rules:

- The session is crossed once per fact and never nested: what is posted meanwhile waits in line.
- Of silence that nobody waits for, many frames are handled as one (see `quiet.py`).
- Whatever fails here is a bug: it is logged once, ends this session with 1011, and nobody else notices.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, get_args

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.engine_events import ReplyFailed, TranscriptionFailed
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.client_events import InputAudioBufferAppend
from ovos_voice_agent.protocol.objects import ErrorDetails
from ovos_voice_agent.runtime.effects import Effects
from ovos_voice_agent.runtime.failure import OUR_FAULT, SERVER_ERROR
from ovos_voice_agent.runtime.quiet import Hold, Quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from ovos_voice_agent.core.outputs import Output
    from ovos_voice_agent.core.session import Input, Session
    from ovos_voice_agent.runtime.metrics import Metrics
    from ovos_voice_agent.runtime.world import Sink, Tap, World

log = logging.getLogger(__name__)

INTERNAL_ERROR = 1011
_COMMANDS = frozenset(get_args(c.Command))


class SessionRunner:
    """Owns one session, on one event loop. Nobody else touches the session."""

    def __init__(self, session_id: str, session: Session, world: World, sink: Sink) -> None:
        self.session_id = session_id
        self._taps: list[Tap] = []
        self._session = session
        self._world = world
        self._sink = sink
        self._effects = Effects(session_id, world, sink, self.post)
        if self._effects.listening.echo is not None:
            self._taps.append(self._effects.listening.echo)
        self._inbox: deque[Input | Quiet] = deque()
        self._busy = False
        self._dead = False
        self._hold = Hold()
        self._uneven = False
        self._counters = _counters(world.metrics)
        world.metrics.sessions.inc()
        world.metrics.sessions_total.inc()

    def tap(self, tap: Tap) -> None:
        """Let somebody look on from now on, after those who do already."""
        self._taps.append(tap)

    def post(self, input: Input) -> None:
        """Take a fact: a client event or a report. Returns when it was handled, or at once inside of another post."""
        if self._dead:
            return
        if self._hold.some:
            self._inbox.append(self._hold.release())
        self._inbox.append(input)
        if not self._busy:
            self._work()

    def hold(self, append: InputAudioBufferAppend) -> bool:
        """Keep audio back that is surely silence, as long as nothing else happens. False when it must be posted."""
        audio = append.audio
        if self._hold.some and self._hold.add(audio):  # while something is held nothing else has happened
            return True
        self._uneven = self._uneven or len(audio) % 2 == 1  # perhaps half a sample: who knows where one begins
        if self._uneven or self._busy or self._dead or append.event_id is not None:
            return False
        if self._hold.some:
            self._inbox.append(self._hold.release())
            self._work()
        silence, wire = self._effects.listening.silence, self._effects.listening.format
        if silence is None or wire is None or self._dead:
            return False
        self._hold.begin(silence, wire)
        return self._hold.add(audio)

    @property
    def is_caught_up(self) -> bool:
        """Whether the detector has judged all audio."""
        return self._effects.listening.is_caught_up

    async def caught_up(self) -> None:
        """Wait until the detector has judged all audio, within bounds. For all client events but audio."""
        await self._effects.listening.caught_up()

    @property
    def is_ready_for_more(self) -> bool:
        """Whether more audio is welcome."""
        return self._effects.listening.is_ready_for_more

    async def ready_for_more(self) -> None:
        """Wait until more audio is welcome."""
        await self._effects.listening.ready_for_more()

    async def close(self) -> None:
        """The connection is gone: end all that works for this session. Safe to call twice."""
        if not self._dead:
            self._perform_last_commands()
            self._die()
        await self._effects.ended()

    # ------------------------------------------------------------------------------------------------------------ loop

    def _work(self) -> None:
        self._busy = True
        try:
            while self._inbox and not self._dead:
                fact = self._inbox.popleft()
                if type(fact) is Quiet:
                    self._pass_over(fact)
                else:
                    self._handle(fact)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a bug
            self._break(error)
        finally:
            self._busy = False

    def _pass_over(self, quiet: Quiet) -> None:
        with self._effects.listening.hearing_silence(quiet.level_dbfs):
            self._handle(InputAudioBufferAppend(audio=quiet.audio))

    def _handle(self, input: Input) -> None:
        self._count(input)
        for tap in self._taps:
            tap.took(input)
        for output in self._session.handle(input, self._world.clock()):
            if type(output) in _COMMANDS:
                self._effects.perform(output)  # type: ignore[arg-type]
            else:
                self._count(output)
                self._sink.send(output)  # type: ignore[arg-type]
            for tap in self._taps:
                tap.gave(output)

    def _break(self, error: Exception) -> None:
        """A bug: this session ends, the others go on."""
        log.error("a session failed", exc_info=error, extra={"session_id": self.session_id})
        self._world.metrics.bugs.inc()
        self._die()
        details = ErrorDetails(type=SERVER_ERROR, message=OUR_FAULT, code=SERVER_ERROR)
        try:
            self._sink.send(se.Error(event_id=self._world.new_id("event"), error=details))
        finally:
            self._sink.close(INTERNAL_ERROR, "Internal error.")

    def _perform_last_commands(self) -> None:
        try:
            for command in self._session.end(self._world.clock()):
                if type(command) in _COMMANDS:
                    self._effects.perform(command)  # type: ignore[arg-type]
        except Exception:
            log.exception("a session could not end in order", extra={"session_id": self.session_id})

    def _die(self) -> None:
        self._dead = True
        self._inbox.clear()
        self._effects.stop()
        self._world.metrics.sessions.dec()
        for tap in self._taps:
            tap.ended()

    def _count(self, fact: Input | Output) -> None:
        counter = self._counters.get(type(fact))
        if counter is not None:
            counter(fact)


def _counters(metrics: Metrics) -> dict[type[Any], Callable[[Any], None]]:
    """What is counted of inputs and server events as they pass."""
    return {
        InputAudioBufferAppend: lambda event: metrics.audio_in.inc(len(event.audio)),
        ReplyFailed: lambda event: metrics.engine_failed(event.stage, event.code),
        TranscriptionFailed: lambda event: metrics.engine_failed("stt", event.code),
        se.InputAudioBufferCommitted: lambda _: metrics.turns.inc(),
        se.ResponseOutputAudioDelta: lambda event: metrics.audio_out.inc(len(event.delta)),
        se.Error: lambda event: metrics.client_error(event.error.code),
    }
