"""The replies: none, waiting for what they need, or being made. All that begins or ends a response is in this file.

- At most one live response writes to the conversation; those out of band run beside it.
- Every `response.created` gets exactly one `response.done`, and after it nothing more is said of that response.
- A reply that waits, waits for a transcript that is pending.
- A reply planned by the end of a turn is announced when words were heard; without words it is withdrawn in silence.
- A reply that was prepared is begun like any other; then what was made of it so far is told, as if it came just now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.orders import record_of, start_command
from ovos_voice_agent.core.output_items import CallOutput, MessageOutput
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.reply import Reply, ReplyPlan
from ovos_voice_agent.core.speculation import Prepared, ReplyReport
from ovos_voice_agent.core.timeline import Timeline
from ovos_voice_agent.core.usage import heard_tokens, usage
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ItemId, ResponseId

Reason = Literal["turn_detected", "client_cancelled"]

_ENDINGS: dict[str, tuple[o.ResponseStatus, o.StatusDetails | None]] = {
    "stop": ("completed", None),
    "length": ("incomplete", o.Incomplete("max_output_tokens")),
    "content_filter": ("incomplete", o.Incomplete("content_filter")),
}

_FAULTS = {"context_length_exceeded": "invalid_request_error", "rate_limit_exceeded": "tokens"}
"""`type` of a failure by its code; of all others it is `server_error`."""


class Responses:
    """All live replies of a session."""

    def __init__(
        self,
        outputs: Outputs,
        conversation: Conversation,
        offer: Offer,
        at_ms: Callable[[], int],
        pending: Callable[[ItemId], bool],
        ended: Callable[[Reply], None],
        wants_words: Callable[[], bool],
    ) -> None:
        """`at_ms` is the audio clock now, `pending` tells whether a transcript will come, `ended` is told of each end,
        `wants_words` tells whether the client asks when words are said."""
        self._outputs = outputs
        self._conversation = conversation
        self._offer = offer
        self._at_ms = at_ms
        self._pending = pending
        self._ended = ended
        self._wants_words = wants_words
        self._live: dict[ResponseId, Reply] = {}
        self.default: Reply | None = None
        """The live reply that writes to the conversation."""
        self.audio_was_sent = False
        """True once the session has produced audio: its voice cannot change any more."""
        self._unanswered: set[ItemId | None] = set()
        """Turns that lost their reply before it was announced, because the person went on, and that may have words.
        Then even a turn without words is answered, or they would never be."""
        self._played_at = outputs.now
        """When all audio so far has been played, in seconds of the monotonic clock, as far as can be told from here."""
        self._reports: dict[type[Any], Callable[[Any], None]] = {
            ee.ReplyText: self.text,
            ee.PhraseStarted: self.phrase,
            ee.ReplyAudio: self.audio,
            ee.ReplyCall: self.call,
            ee.StageReached: self.stage,
            ee.ReplyFinished: self.finished,
            ee.ReplyFailed: self.failed,
        }

    @property
    def heard(self) -> bool:
        """Whether the person hears a reply, or is about to."""
        live = self.default is not None and self.default.announced and self.default.plan.spoken
        return live or self._outputs.now < self._played_at

    def playback_stopped(self) -> None:
        """The client has stopped playing."""
        self._played_at = self._outputs.now

    # -------------------------------------------------------------------------------------------------------- beginning

    def check_room(self, *, out_of_band: bool) -> None:
        """Raises when a further response cannot begin now."""
        if not out_of_band and self.default is not None:
            message = (
                f"Conversation already has an active response in progress: {self.default.response_id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise ClientError(message, code="conversation_already_has_active_response")
        limit = self._offer.limits.out_of_band_responses
        if out_of_band and len(self._live) - (self.default is not None) >= limit:
            message = f"This session has reached its limit of {limit} out-of-band responses at a time."
            raise ClientError(message, code="rate_limit_exceeded")

    def create(self, plan: ReplyPlan, timeline: Timeline, *, out_of_band: bool, waiting: Iterable[ItemId]) -> None:
        """A reply that was asked for: announced at once, started as soon as its transcripts are there."""
        reply = self._accept(plan, timeline, None if out_of_band else self._conversation, waiting)
        self._announce(reply)
        self._start_if_ready(reply)

    def plan(
        self,
        plan: ReplyPlan,
        timeline: Timeline,
        waiting: Iterable[ItemId],
        *,
        words: bool,
        prepared: Prepared | None = None,
    ) -> None:
        """A reply to the turn of `timeline`, which has just ended; `words` tells whether any were recognised so far.
        `prepared` is what was made of it already."""
        reply = self._accept(plan, timeline, self._conversation, waiting, prepared)
        if words:
            self._announce(reply)

    def _accept(
        self,
        plan: ReplyPlan,
        timeline: Timeline,
        conversation: Conversation | None,
        waiting: Iterable[ItemId],
        prepared: Prepared | None = None,
    ) -> Reply:
        response_id = prepared.command.response_id if prepared else ResponseId(self._outputs.new_id("resp"))
        context = tuple(self._conversation.items()) if plan.context is None else plan.context
        pending = set(filter(self._pending, waiting))
        reply = Reply(response_id, plan, timeline, conversation, context, waiting=pending, prepared=prepared)
        self._live[response_id] = reply
        if conversation is not None:
            self.default = reply
        return reply

    def _announce(self, reply: Reply) -> None:
        if reply.announced:
            return
        reply.announced = True
        if reply.conversation is not None:
            self._unanswered.clear()
        reply.timeline.mark("response_created", self._at_ms())
        self._outputs.send(se.ResponseCreated, response=reply.wire("in_progress"))

    def _start_if_ready(self, reply: Reply) -> None:
        if reply.waiting or reply.started:
            return
        if refusal := self._offer.allowance.refusal():
            self._fail(reply, "limits", "rate_limit_exceeded", refusal)
            return
        reply.started = True
        items = reply.context
        if reply.plan.context is None:
            items = tuple(item for item in items if self._conversation.find(item.id) is item)
        reply.heard_tokens = heard_tokens(items)
        if reply.prepared is not None:
            self._go_on(reply, reply.prepared)
        else:
            self._outputs.order(start_command(reply.response_id, reply.plan, items))

    def _go_on(self, reply: Reply, prepared: Prepared) -> None:
        """The reply was prepared: tell what was made of it, in order; the time line knows when that really was."""
        reply.prepared = None
        self._outputs.order(c.KeepReply(reply.response_id))
        for name, at_ms in prepared.marks.items():
            reply.timeline.mark(name, at_ms)
        for report in prepared.reports:
            self.report(report)

    # ------------------------------------------------------------------------------------------------------ transcripts

    def words_heard(self, item_id: ItemId) -> None:
        """A turn has words: its reply can be announced."""
        for reply in self._waiting_for(item_id):
            if reply.answers(item_id):
                self._announce(reply)

    def transcript_ready(self, item_id: ItemId, *, empty: bool) -> None:
        """A transcript is there. A reply planned for a turn without words is withdrawn."""
        if empty:
            self._unanswered.discard(item_id)
        for reply in self._waiting_for(item_id):
            reply.waiting.discard(item_id)
            if not reply.answers(item_id):
                self._start_if_ready(reply)
            elif empty and not reply.announced and not self._unanswered:
                self._forget(reply)
            else:
                reply.timeline.mark("transcript_final", self._at_ms())
                self._announce(reply)
                self._start_if_ready(reply)

    def transcript_failed(self, item_id: ItemId, code: str, message: str) -> None:
        """A transcript will not come: the reply to it fails, announced first if need be (protocol.md 6.19). A reply to
        something else goes on without it."""
        for reply in self._waiting_for(item_id):
            reply.waiting.discard(item_id)
            if reply.answers(item_id):
                self._announce(reply)
                self._fail(reply, "stt", code, message)
            else:
                self._start_if_ready(reply)

    def _waiting_for(self, item_id: ItemId) -> list[Reply]:
        return [reply for reply in self._live.values() if item_id in reply.waiting]

    # ---------------------------------------------------------------------------------------------------------- filling

    def report(self, report: ReplyReport) -> None:
        """What an engine made of a reply."""
        self._reports[type(report)](report)

    def text(self, event: ee.ReplyText) -> None:
        reply = self._live.get(event.response_id)
        if reply is not None and event.text:
            reply.timeline.mark("llm_first_token", self._at_ms())
            self._message(reply).write(event.text)
            if not reply.plan.spoken:
                reply.timeline.mark("first_delta_sent", self._at_ms())

    def phrase(self, event: ee.PhraseStarted) -> None:
        reply = self._live.get(event.response_id)
        if reply is not None:
            self._message(reply).phrase(event.start, event.end)

    def audio(self, event: ee.ReplyAudio) -> None:
        reply = self._live.get(event.response_id)
        if reply is not None and event.words:
            reply.timeline.word_times = "estimated" if event.estimated else "measured"
        if reply is not None and event.estimated and isinstance(reply.open, MessageOutput):
            reply.open.estimate(event.words)
        if reply is None:
            return
        if event.audio:
            self._speak(reply, event)
        if event.words and self._wants_words() and isinstance(reply.open, MessageOutput):
            reply.open.tell_words(event.words, estimated=event.estimated)

    def _speak(self, reply: Reply, event: ee.ReplyAudio) -> None:
        if reply.first_audio_at is None:
            reply.first_audio_at = self._outputs.now
        self.audio_was_sent = True
        before_ms = reply.audio_ms
        self._message(reply).speak(event.audio, () if event.estimated else event.words)
        self._played_at = max(self._played_at, self._outputs.now) + (reply.audio_ms - before_ms) / 1000
        reply.timeline.mark("tts_first_audio", self._at_ms())
        reply.timeline.mark("first_delta_sent", self._at_ms())

    def call(self, event: ee.ReplyCall) -> None:
        reply = self._live.get(event.response_id)
        if reply is None:
            return
        reply.timeline.mark("llm_first_token", self._at_ms())
        if event.call_id:
            self._close_open(reply, "completed")
            reply.open = CallOutput(reply, self._outputs, len(reply.outputs), event.call_id, event.name)
            reply.outputs.append(reply.open)
            self._conversation.known_calls.add(event.call_id)
        if event.arguments and isinstance(reply.open, CallOutput):
            reply.open.write(event.arguments)

    def stage(self, event: ee.StageReached) -> None:
        reply = self._live.get(event.response_id)
        if reply is not None:
            reply.timeline.mark(event.name, self._at_ms())

    def _message(self, reply: Reply) -> MessageOutput:
        if isinstance(reply.open, MessageOutput):
            return reply.open
        self._close_open(reply, "completed")
        message = MessageOutput(reply, self._outputs, len(reply.outputs), reply.audio_format)
        reply.open = message
        reply.outputs.append(message)
        return message

    @staticmethod
    def _close_open(reply: Reply, status: o.ItemStatus) -> None:
        if reply.open is not None:
            reply.open.close(status)
            reply.open = None

    # ----------------------------------------------------------------------------------------------------------- ending

    def finished(self, event: ee.ReplyFinished) -> None:
        reply = self._live.get(event.response_id)
        if reply is not None:
            status, details = _ENDINGS[event.reason]
            self._end(reply, status, details, event.usage)

    def failed(self, event: ee.ReplyFailed) -> None:
        reply = self._live.get(event.response_id)
        if reply is not None:
            self._fail(reply, event.stage, event.code, event.message)

    def cancel(self, response_id: ResponseId | None) -> None:
        """A client's `response.cancel`; without an id, that of the conversation."""
        reply = self._live.get(response_id) if response_id else self.default
        if reply is None:
            raise ClientError("Cancellation failed: no active response found", code="response_cancel_not_active")
        self._announce(reply)
        self._cancel(reply, "client_cancelled")

    def interrupt(self) -> None:
        """The person speaks: the reply of the conversation stops. One that nobody knows of yet is withdrawn."""
        if self.default is None:
            return
        if self.default.announced:
            self._cancel(self.default, "turn_detected")
        else:
            self._unanswered.add(self.default.timeline.item_id)
            self._forget(self.default)

    def stop_all(self, code: str, message: str) -> None:
        """The session ends: every reply fails."""
        for reply in list(self._live.values()):
            self._announce(reply)
            self._fail(reply, "session", code, message)

    def drop_all(self) -> None:
        """The session is gone: stop what works, say nothing."""
        for reply in list(self._live.values()):
            self._forget(reply)

    def _cancel(self, reply: Reply, reason: Reason) -> None:
        reply.timeline.mark("cancelled", self._at_ms())
        self.playback_stopped()
        self._stop(reply)
        self._end(reply, "cancelled", o.Cancelled(reason), ee.ReplyUsage())

    def _fail(self, reply: Reply, stage: str, code: str, message: str) -> None:
        self._stop(reply)
        details = o.Failed(o.FailureDetails(type=_FAULTS.get(code, "server_error"), code=code, message=message))
        self._end(reply, "failed", details, ee.ReplyUsage(), stage)

    def _stop(self, reply: Reply) -> None:
        if reply.started:
            self._outputs.order(c.StopReply(reply.response_id))
        elif reply.prepared is not None:
            self._outputs.order(c.DropReply(reply.response_id))

    def _forget(self, reply: Reply) -> None:
        self._stop(reply)
        del self._live[reply.response_id]
        if reply is self.default:
            self.default = None

    def _end(
        self,
        reply: Reply,
        status: o.ResponseStatus,
        details: o.StatusDetails | None,
        model: ee.ReplyUsage,
        failed_stage: str = "",
    ) -> None:
        self._close_open(reply, "completed" if status == "completed" else "incomplete")
        del self._live[reply.response_id]
        if reply is self.default:
            self.default = None
        numbers = usage(model, reply.heard_tokens, reply.audio_ms)
        self._outputs.send(se.ResponseDone, response=reply.wire(status, details, numbers))
        reply.timeline.mark("done", self._at_ms())
        if left := self._offer.allowance.spend(numbers.total_tokens):
            self._outputs.send(se.RateLimitsUpdated, rate_limits=left)
        self._outputs.order(record_of(reply, status, failed_stage))
        self._ended(reply)
