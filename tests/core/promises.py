"""The promises of a session, checked from outside: by inputs and outputs, with a mirror client and a fake shell.

`World` plays the shell: it performs commands as facts, hands every output to the checks, and raises `Broken` with the
number of the promise. It knows the session by what comes out of it, but for a few looks inside (promises 5, 9, 11).
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.outputs import Output
from ovos_voice_agent.core.session import Identity, Input, Session
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol.settings import Settings
from ovos_voice_agent.testing.mirror import Confused, Mirror
from ovos_voice_agent.testing.scripts import plain
from tests.core.guesses import Guesses
from tests.core.lateness import LATE, belongs_to
from tests.core.stage import Event, check_against_sdk
from tests.core.stream import Broken, Stream, demand

ACKNOWLEDGED: dict[type[Any], str] = {
    ce.SessionUpdate: "session.updated",
    ce.InputAudioBufferCommit: "input_audio_buffer.committed",
    ce.InputAudioBufferClear: "input_audio_buffer.cleared",
    ce.ConversationItemCreate: "conversation.item.added",
    ce.ConversationItemRetrieve: "conversation.item.retrieved",
    ce.ConversationItemDelete: "conversation.item.deleted",
    ce.ConversationItemTruncate: "conversation.item.truncated",
    ce.ResponseCreate: "response.created",
    ce.ResponseCancel: "response.done",
}
"""What answers a client event that is acted on. An append is answered by what is heard, clearing the output by none."""


@dataclass(slots=True)
class Running:
    """What the shell has at work."""

    replies: set[str] = field(default_factory=set)
    listening: str | None = None
    """The transcript that is open, of which there is at most one."""
    transcripts: set[str] = field(default_factory=set)
    """Of committed utterances and of clips: a result will come."""
    timers: dict[str, float] = field(default_factory=dict)
    guesses: Guesses = field(default_factory=Guesses)

    def everything(self) -> list[str]:
        guessed = self.guesses.everything()
        return [*self.replies, *self.transcripts, *self.timers, *guessed, *filter(None, [self.listening])]


class World:
    """A session with its shell and its client. `step` gives it an input and checks what comes out."""

    def __init__(self, settings: Settings, offer: Offer) -> None:
        self.ids = Counter[str]()
        self.session = Session(Identity("sess_1", 0), settings, offer, self._new_id, now=0.0)
        self.now = 0.0
        self.mirror = Mirror()
        self.running = Running()
        self.stream = Stream()
        self.detection = c.Detect(0, None, 0)  # type: ignore[arg-type]
        self.over: dict[str, set[str]] = {"reply": set(), "transcript": set(), "timer": set()}
        """Ids of what has finished or was stopped; anything reported of it is late."""
        self.spoken: dict[str, c.StartReply] = {}
        self._just_over: list[tuple[str, str]] = []
        self.closed = False
        self.broken = False
        """True while an input is handled, and for good once a promise was broken."""
        self._owners: dict[str, str] = {}
        self._open: set[str] = set()
        """Items of responses that were added and are not done."""
        self._responses_before = 0
        """How many ids of responses there were before this input."""
        self._interrupted = 0
        """The number of the last response at the last interruption: no reply up to it goes on."""
        self._owed: dict[str, int] = {}
        """Recordings whose transcription was asked for, by item: how many results the client is owed."""

    def _new_id(self, prefix: str) -> str:
        self.ids[prefix] += 1
        return f"{prefix}_{self.ids[prefix]}"

    # --------------------------------------------------------------------------------------------------------- inputs

    def step(self, input: Input) -> list[Event]:
        """One input; returns the server events."""
        self.broken = True
        events = self._step(input)
        self._try_late_reports()
        self.broken = False
        return events

    def _step(self, input: Input) -> list[Event]:
        before, self._responses_before = self._state(), self.ids["resp"]
        self.running.guesses.expect(input, self.session)
        outputs = self.session.handle(input, self.now)
        if self.closed:
            demand(8, not outputs, f"after the end came {outputs}")
            return []
        self.stream.expect(input)
        events = self._read(outputs)
        self.running.guesses.check(input, events, self.session)
        self._check_answer(input, outputs, events, before)
        self._check_after(input, events)
        return events

    def late(self, input: Input) -> None:
        """A report of something that is over: nothing happens."""
        self.broken = True
        self._late(input)
        self.broken = False

    def _try_late_reports(self) -> None:
        """Whatever came to its end in this step may still be reported: a task was cancelled a moment too late."""
        ended, self._just_over = self._just_over, []
        for kind, name in ended if not self.closed else ():
            for report in LATE[kind](name):
                if name in self.over[kind]:
                    self._late(report)

    def _late(self, input: Input) -> None:
        before = self._state()
        outputs = self.session.handle(input, self.now)
        demand(6, not outputs, f"the late {input} caused {outputs}")
        demand(6, self._state() == before, f"the late {input} changed the session")

    def end(self) -> None:
        """The connection is gone."""
        self._read(self.session.end(self.now))
        self.closed = True
        demand(8, not self.running.everything(), f"after the end there still run {self.running}")
        demand(8, not self.session.end(self.now), "the session ended twice")

    def settle(self) -> None:
        """Everything that is at work comes to its end; then nothing may be left that waits."""
        for _ in range(100):
            pending, asked = [*self.running.transcripts], self.running.guesses.asked
            if not pending and not self.running.replies and asked is None:
                break
            if asked is not None:
                self.step(ee.TranscriptGuessed(asked, "settled"))
            for item_id in pending:
                self.running.transcripts.discard(item_id)
                self._is_over("transcript", item_id)
                self.step(ee.Transcribed(item_id, "settled"))  # type: ignore[arg-type]
            for response_id in [*self.running.replies]:
                self._finish(response_id)
                self.step(ee.ReplyFinished(response_id))  # type: ignore[arg-type]
        demand(5, not self.mirror.live(), f"{self.mirror.live()} wait for nothing")
        if self.mirror.session is not None and self.mirror.session["type"] == "realtime":
            told = self.step(ce.ResponseCreate("settled"))
            demand(5, "error" not in [event["type"] for event in told], f"something waits that nobody sees: {told}")

    def report(self, input: Input) -> None:
        """A report of an engine or timer: late when what it belongs to is over."""
        kind, name = belongs_to(input)
        if self.closed or name in self.over[kind]:
            self.late(input)
            return
        if isinstance(input, ee.ReplyFinished):  # Of a reply that failed in one stage the others are stopped.
            self._finish(input.response_id)
        if isinstance(input, ee.Transcribed | ee.TranscriptionFailed):
            self.running.transcripts.discard(input.item_id)
            self._is_over("transcript", input.item_id)
        if isinstance(input, ee.TimerFired):
            self.now = max(self.now, self.running.timers.pop(input.name))
        self.step(input)

    def _finish(self, response_id: str) -> None:
        self.running.replies.discard(response_id)
        self._is_over("reply", response_id)

    def _is_over(self, kind: str, name: str) -> None:
        self.over[kind].add(name)
        self._just_over.append((kind, name))

    def _state(self) -> Any:
        items = msgspec.to_builtins([item.wire() for item in self.session.conversation.items()])
        return items, self.session.settings

    # -------------------------------------------------------------------------------------------------------- outputs

    def _read(self, outputs: list[Output]) -> list[Event]:
        events = []
        for output in outputs:
            demand(8, not self.closed, f"after Close came {output}")
            shown = plain(output)
            if "event_id" in shown and not isinstance(output, c.Record):
                check_against_sdk(shown)
                self._tell(shown)
                events.append(shown)
            else:
                self._perform(output)
        return events

    def _tell(self, event: Event) -> None:
        self._check_responses(event)
        self.stream.tell(event, self.session.conversation)
        try:
            self.mirror.read(event)
        except Confused as confused:
            raise Broken(9, str(confused)) from confused
        if event["type"] == "input_audio_buffer.committed" and self._reports():
            self._owed[event["item_id"]] = 1
        if event["type"].endswith(("transcription.completed", "transcription.failed")):
            self._owed[event["item_id"]] = self._owed.get(event["item_id"], 0) - 1

    def _reports(self) -> bool:
        assert self.mirror.session is not None
        return self.mirror.session["audio"]["input"]["transcription"] is not None

    def _perform(self, command: Output) -> None:  # noqa: C901 - a table of commands
        running = self.running
        if isinstance(command, c.StartReply):
            self._check_start(command)
            running.replies.add(command.response_id)
            self.spoken[command.response_id] = command
        elif isinstance(command, c.GuessReply):
            running.guesses.begin(command.reply)
            running.replies.add(command.reply.response_id)
            self.spoken[command.reply.response_id] = command.reply
        elif isinstance(command, c.KeepReply):
            running.guesses.keep(command.response_id, self.session)
            self._check_start(self.spoken[command.response_id], again=True)
        elif isinstance(command, c.DropReply):
            running.guesses.drop(command.response_id)
            self._finish(command.response_id)
        elif isinstance(command, c.GuessTranscript | c.ResumeTranscript | c.KeepTranscript):
            demand(8, running.listening == command.item_id, f"{command.item_id} is not being heard")
            running.guesses.words(command)
            if isinstance(command, c.KeepTranscript):
                running.listening = None
                self._is_over("transcript", command.item_id)
                self.stream.finish(command.item_id)
        elif isinstance(command, c.StopReply):
            demand(8, command.response_id in running.replies, f"{command.response_id} was stopped and did not run")
            self._finish(command.response_id)
        elif isinstance(command, c.StartTranscript):
            demand(8, running.listening is None, f"{command.item_id} began while {running.listening} was open")
            running.listening = command.item_id
            self.stream.begin(command)
        elif isinstance(command, c.FinishTranscript):
            demand(8, running.listening == command.item_id, f"{command.item_id} was finished and not open")
            running.listening = None
            running.transcripts.add(command.item_id)
            running.guesses.forget(command.item_id)
            self.stream.finish(command.item_id, command.end)
        elif isinstance(command, c.TranscribeClip):
            running.transcripts.add(command.item_id)
        elif isinstance(command, c.DropTranscript):
            at_work = {*running.transcripts, running.listening}
            demand(8, command.item_id in at_work, f"{command.item_id} was dropped and not at work")
            running.transcripts.discard(command.item_id)
            running.listening = None if running.listening == command.item_id else running.listening
            running.guesses.forget(command.item_id)
            self._is_over("transcript", command.item_id)
            self.stream.drop(command.item_id)
        elif isinstance(command, c.SetTimer):
            running.timers[command.name] = command.at
            self.over["timer"].discard(command.name)
        elif isinstance(command, c.ClearTimer):
            demand(8, command.name in running.timers, f"the timer {command.name} was cleared and not set")
            del running.timers[command.name]
            self._is_over("timer", command.name)
        elif isinstance(command, c.Hear | c.Forget):
            self.stream.perform(command)
        elif isinstance(command, c.Detect):
            self.detection = command
        elif isinstance(command, c.Close):
            demand(8, not running.everything(), f"after Close there still run {running}")
            self.closed = True

    # --------------------------------------------------------------------------------------------------------- checks

    def _check_start(self, command: c.StartReply, *, again: bool = False) -> None:
        live = self.mirror.responses.get(command.response_id)
        demand(2, live is not None and not live.done, f"{command.response_id} starts and was not announced, or is done")
        demand(8, again or command.response_id not in self.spoken, f"{command.response_id} starts twice")
        demand(5, all(self._known(item) for item in command.items), f"{command.response_id} starts without the words")

    def _known(self, item: Any) -> bool:
        """Whether no words of an item are still to come when a reply to it starts."""
        return getattr(item, "id", None) not in self.running.transcripts

    def _check_responses(self, event: Event) -> None:
        kind = event["type"]
        if kind == "response.created":
            demand(2, event["response"]["id"] not in self.mirror.responses, "a response was created twice")
            others = [one for one in self._live_here() if event["response"]["conversation_id"]]
            demand(1, not others, f"{event['response']['id']} was created beside {others}")
            self._check_not_interrupted(event["response"]["id"], out_of_band=not event["response"]["conversation_id"])
        elif kind == "response.done":
            known = self.mirror.responses.get(event["response"]["id"])
            demand(2, known is not None and not known.done, f"{event['response']['id']} is done and was not live")
            demand(
                3,
                not known or not self._open & {*known.items},
                f"{event['response']['id']} is done before {self._open}",
            )
        elif kind.startswith("response."):
            known = self.mirror.responses.get(event["response_id"])
            demand(3, known is not None and not known.done, f"{kind} of {event['response_id']}, which is not live")
            item_id = event.get("item_id") or event["item"]["id"]
            owner = self._owners.setdefault(item_id, event["response_id"])
            demand(3, owner == event["response_id"], f"{item_id} is of {owner} and of {event['response_id']}")
            if kind == "response.output_item.added":
                self._open.add(item_id)
            elif kind == "response.output_item.done":
                self._open.remove(item_id)
        elif kind == "conversation.item.done" and event["item"]["id"] in self._owners:
            owner = self._owners[event["item"]["id"]]
            demand(3, not self.mirror.responses[owner].done, f"{event['item']['id']} ends after its response")

    def _live_here(self) -> list[str]:
        """Live responses that write to the conversation."""
        return [one for one in self.mirror.live() if self.mirror.responses[one].wire["conversation_id"]]

    def _check_not_interrupted(self, response_id: str, *, out_of_band: bool) -> None:
        number = int(response_id.removeprefix("resp_"))
        demand(4, out_of_band or number > self._interrupted, f"{response_id} goes on after an interruption")

    def _check_answer(self, input: Input, outputs: list[Output], events: list[Event], before: Any) -> None:
        """Promise 10, for inputs of clients; reports of engines cause no errors, unless there is no room for a turn."""
        errors = [event["error"] for event in events if event["type"] == "error"]
        if not isinstance(input, ce.ClientEvent):
            expected = [input.event_id] if isinstance(input, ee.Refused) else []
            at_end = isinstance(input, ee.TimerFired) and self.closed
            ends = isinstance(input, ee.SpeechStopped | ee.TranscriptGuessed | ee.NotGuessed | ee.WordsHeard)
            full = ends and [error["code"] for error in errors] == ["session_limit_reached"]
            expected = [None] if at_end or full else expected
            demand(10, [error["event_id"] for error in errors] in (expected, []), f"{input} caused {errors}")
            return
        if errors:
            demand(10, len(outputs) == 1, f"a refused {input} caused {outputs}")
            demand(10, errors[0]["event_id"] == input.event_id, f"{errors[0]} does not name {input.event_id}")
            demand(10, self._state() == before, f"a refused {input} changed the session")
        elif type(input) in ACKNOWLEDGED:
            told = [event["type"] for event in events].count(ACKNOWLEDGED[type(input)])
            demand(10, told == 1, f"{input} was answered by {told} {ACKNOWLEDGED[type(input)]}")

    def _check_after(self, input: Input, events: list[Event]) -> None:
        demand(1, len(self._live_here()) <= 1, f"{self._live_here()} are live")
        if self.closed:
            demand(2, not self.mirror.live(), f"{self.mirror.live()} have no end")
        told = [event["type"] for event in events]
        if "input_audio_buffer.speech_started" in told and self._interrupts():
            self._interrupted = self._responses_before
            over = "input_audio_buffer.speech_stopped" in told
            demand(4, over or not self._live_here(), f"{self._live_here()} go on while the person speaks")
        for response_id in self.mirror.live():
            waits = response_id not in self.spoken
            demand(5, not waits or self.running.transcripts, f"{response_id} waits for nothing")
        hidden = self.session._responses.default is not None
        at_work = self.running.transcripts or self.running.replies
        demand(5, not hidden or at_work, "a reply that nobody knows of waits for nothing")
        self.stream.check(input, refused=any(event["type"] == "error" for event in events))
        self._check_mirror()
        owing = [item_id for item_id, owed in self._owed.items() if owed > 0 and item_id in self.over["transcript"]]
        demand(5, self.closed or not owing, f"the transcripts of {owing} were never told")

    def _interrupts(self) -> bool:
        assert self.mirror.session is not None
        detecting = self.mirror.session["audio"]["input"]["turn_detection"]
        return bool(self.mirror.session["type"] == "realtime" and detecting and detecting["interrupt_response"])

    def _check_mirror(self) -> None:
        ours = msgspec.to_builtins([item.wire() for item in self.session.conversation.items()])
        demand(9, [item["id"] for item in ours] == self.mirror.order, f"{self.mirror.order} is not the conversation")
        for item in ours:
            believed = self.mirror.items[item["id"]]
            told = {**believed.wire, "content": None, "status": None}
            is_one = {**item, "content": None, "status": None} == told
            demand(9, is_one and believed.wire.get("status") == item.get("status"), f"{believed} is {item}")
            parts = itertools.zip_longest(item.get("content", ()), believed.wire.get("content", ()))
            for index, (ours_part, theirs) in enumerate(parts):
                sure = index not in believed.uncertain
                demand(9, agree(ours_part, theirs, sure=sure), f"{theirs} is {ours_part} in {item['id']}")


def agree(ours: Any, theirs: Any, *, sure: bool) -> bool:
    """Whether a client's part of an item is the session's, as far as it can know."""
    if ours is None or theirs is None:
        return False
    if ours["type"] == "input_audio" and theirs["transcript"] is None:
        return theirs["type"] == "input_audio"  # The client did not ask what was said.
    if ours["type"] == "output_audio" and not sure:
        return bool(theirs["transcript"].startswith(ours["transcript"]))
    return bool(ours == theirs)
