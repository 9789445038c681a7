"""The session's orders -> work: a table from command to method, and everything a session has running.

Rules:

- This is the only file that starts tasks and timers of a session; it can end all of them at any time.
- Tasks report by posting and never raise into the loop. What was stopped posts nothing any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from copy import copy
from typing import TYPE_CHECKING, Any

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.engine_events import TimerFired
from ovos_voice_agent.runtime.holding import Holding
from ovos_voice_agent.runtime.languages import Conversing
from ovos_voice_agent.runtime.listening import Listening
from ovos_voice_agent.runtime.speaking import Speaking

if TYPE_CHECKING:
    from ovos_voice_agent.core.session import Input
    from ovos_voice_agent.protocol.objects import ResponseId
    from ovos_voice_agent.runtime.world import Post, Sink, World

log = logging.getLogger(__name__)


class Effects:
    """Performs the commands of one session."""

    def __init__(self, session_id: str, world: World, sink: Sink, post: Post) -> None:
        self._session_id = session_id
        self._world = world
        self._sink = sink
        self._post_report = post
        self._tasks: set[asyncio.Task[None]] = set()
        self._replies: dict[ResponseId, asyncio.Task[None]] = {}
        self._guesses: dict[ResponseId, tuple[Holding, Conversing]] = {}
        """What holds each guessed reply back, and what becomes of the conversation's language when it is wanted."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._stopped = False
        self._conversing = Conversing(world.languages)
        self.listening = Listening(world, self._post, self._spawn)
        self._table = self._methods()

    def perform(self, command: c.Command) -> None:
        """Do what the session asks for, now or in a task."""
        self._table[type(command)](command)

    def stop(self) -> None:
        """Stop everything, at once; nothing is posted afterwards."""
        self._stopped = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.listening.close()
        for task in self._tasks:
            task.cancel()

    async def ended(self) -> None:
        """After `stop`: wait until all tasks have let go of their engines, `close_s` at most."""
        if not self._tasks:
            return
        _, hanging = await asyncio.wait(self._tasks, timeout=self._world.limits.close_s)
        if hanging:
            log.error("engines do not let go", extra={"session_id": self._session_id, "tasks": len(hanging)})

    def _methods(self) -> dict[type[Any], Callable[[Any], None]]:
        listening = self.listening
        return {
            c.Detect: listening.detect,
            c.Hear: listening.hear,
            c.Forget: lambda command: listening.forget(command.before),
            c.ReduceNoise: lambda command: listening.reduce_noise(command.settings),
            c.StartTranscript: listening.start_transcript,
            c.GuessTranscript: self._counted("transcript", "started", listening.guess_transcript),
            c.ResumeTranscript: self._counted("transcript", "withdrawn", listening.resume_transcript),
            c.KeepTranscript: self._counted("transcript", "used", listening.keep_transcript),
            c.FinishTranscript: listening.finish_transcript,
            c.DropTranscript: lambda command: listening.drop_transcript(command.item_id),
            c.TranscribeClip: listening.transcribe_clip,
            c.StartReply: lambda command: self._start_reply(command, self._sink.writable, self._conversing),
            c.GuessReply: self._counted("reply", "started", self._guess_reply),
            c.KeepReply: self._counted("reply", "used", self._keep_reply),
            c.DropReply: self._counted("reply", "withdrawn", self._drop_reply),
            c.StopReply: self._stop_reply,
            c.SetTimer: self._set_timer,
            c.ClearTimer: lambda command: self._clear_timer(command.name),
            c.Record: lambda command: self._world.metrics.record(self._session_id, command),
            c.Close: self._close,
        }

    # --------------------------------------------------------------------------------------------------------- replies

    def _start_reply(
        self,
        command: c.StartReply,
        writable: Callable[[], Awaitable[None]],
        conversing: Conversing,
        seen: Callable[[Input], None] | None = None,
    ) -> None:
        """`seen` is shown each report before the session."""
        response_id = command.response_id

        def report(event: Input) -> None:
            if response_id in self._replies:
                if seen is not None:
                    seen(event)
                self._post(event)

        speaking = Speaking(command, self._world, report, writable, conversing)
        task = self._replies[response_id] = self._spawn(speaking.run())
        task.add_done_callback(lambda _: self._replies.pop(response_id, None))

    def _stop_reply(self, command: c.StopReply) -> None:
        self._end_reply(command.response_id)

    def _end_reply(self, response_id: ResponseId) -> None:
        task = self._replies.pop(response_id, None)
        if task is not None:
            task.cancel()

    def _guess_reply(self, command: c.GuessReply) -> None:
        holding, conversing = Holding(self._sink.writable, command.reply.format), copy(self._conversing)
        self._guesses[command.reply.response_id] = holding, conversing
        self._start_reply(command.reply, holding.writable, conversing, holding.count)

    def _keep_reply(self, command: c.KeepReply) -> None:
        holding, self._conversing = self._guesses.pop(command.response_id)
        holding.release()

    def _drop_reply(self, command: c.DropReply) -> None:
        del self._guesses[command.response_id]
        self._end_reply(command.response_id)

    def _counted(self, what: str, outcome: str, perform: Callable[[Any], None]) -> Callable[[Any], None]:
        """What becomes of guesses is counted."""
        counter = self._world.metrics.guesses.labels(what, outcome)

        def counted(command: Any) -> None:
            counter.inc()
            perform(command)

        return counted

    # ---------------------------------------------------------------------------------------------------------- timers

    def _set_timer(self, command: c.SetTimer) -> None:
        self._clear_timer(command.name)
        delay_s = max(0.0, command.at - self._world.clock())
        loop = asyncio.get_running_loop()
        self._timers[command.name] = loop.call_later(delay_s, self._fire, command.name)

    def _clear_timer(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _fire(self, name: str) -> None:
        self._timers.pop(name, None)
        self._post(TimerFired(name))

    # ------------------------------------------------------------------------------------------------------------ ends

    def _close(self, command: c.Close) -> None:
        self._sink.close(command.code, command.reason)
        self.stop()

    def _post(self, event: Input) -> None:
        if not self._stopped:
            self._post_report(event)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of a session failed", exc_info=error, extra={"session_id": self._session_id})
