"""The watchman is watched: for each promise, bugs are planted in the core, and random histories must catch them.

A bug that passes fails the test: then the promise is not checked. Examples are fixed for the modules that are loaded;
other modules bring other examples, so what a bug breaks first may be another promise than those noted with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.clock import Tick, from_ms
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.idle import IdleTimeout
from ovos_voice_agent.core.input_audio import InputAudio, Piece
from ovos_voice_agent.core.output_items import CallOutput, MessageOutput
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.responses import Responses
from ovos_voice_agent.core.session import Session
from ovos_voice_agent.core.speculation import Prepared, Speculation
from ovos_voice_agent.core.transcripts import Transcripts
from ovos_voice_agent.core.turn_taking import TurnTaking
from ovos_voice_agent.core.turns import Turns
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from tests.core.stream import Broken
from tests.core.test_history import Histories

Plant = Callable[[pytest.MonkeyPatch], None]

EXAMPLES = settings(
    max_examples=10_000,  # stops at the first that breaks
    stateful_step_count=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def instead(owner: type, name: str, wrong: Any) -> Plant:
    """Plant `wrong` in place of a method; it is given the right one first."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        right = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda self, *args, **kwargs: wrong(right, self, *args, **kwargs))

    return plant


def nothing(_right: Any, *_args: Any, **_kwargs: Any) -> None:
    """Leaves out what should be done."""


# --- 1: at most one live response


def _room_for_all(_right: Any, _self: Any, *, out_of_band: bool) -> None:
    """Does not look whether a response is active."""


# --- 2: one done for each created


def _forgets_instead_of_cancelling(_right: Any, self: Responses, reply: Any, _reason: str) -> None:
    self._forget(reply)


def _starts_unannounced(_right: Any, self: Responses, reply: Any) -> None:
    reply.announced = True


def _done_twice(right: Any, self: Responses, reply: Any, *args: Any) -> None:
    right(self, reply, *args)
    self._outputs.send(se.ResponseDone, response=reply.wire("completed"))


# --- 3: the end is the end


def _done_before_its_items(right: Any, self: Responses, reply: Any, *args: Any) -> None:
    open_item, reply.open = reply.open, None
    right(self, reply, *args)
    if open_item is not None:
        open_item.close("completed")


def _keeps_the_dead(_right: Any, self: Responses, event: ee.ReplyText) -> None:
    every: dict[str, Any] = self.__dict__.setdefault("every", {})
    every.update(self._live)
    if event.response_id in every and event.text:
        self._message(every[event.response_id]).write(event.text)


# --- 4: the person comes first


def _interrupts_what_is_started(right: Any, self: Responses) -> None:
    if self.default is not None and self.default.started:
        right(self)


def _interrupts_what_waits_to_be_announced(right: Any, self: Responses) -> None:
    if self.default is not None and self.default.announced:
        right(self)


# --- 5: no waiting for nothing


def _never_withdraws(_right: Any, self: Responses, item_id: str, *, empty: bool) -> None:
    if not empty:
        _starts_without_all(_right, self, item_id, empty=empty)


def _starts_without_all(right: Any, self: Responses, item_id: str, *, empty: bool) -> None:
    for reply in self._waiting_for(item_id):  # type: ignore[arg-type]
        reply.waiting = {item_id}  # type: ignore[arg-type]
    right(self, item_id, empty=empty)


def _keeps_waiting_after_a_failure(_right: Any, _self: Any, *_: Any) -> None:
    """Replies wait on for words that will not come."""


# --- 6: late is nothing


def _any_detection(right: Any, self: Turns, event: Any, **how: Any) -> Any:
    fields = (getattr(event, name) for name in event.__struct_fields__[1:])
    return right(self, type(event)(self._detection, *fields), **how)


def _whatever_is_said(_right: Any, self: Turns, _detection: int) -> Any:
    return self.speech


def _late_words(right: Any, self: Transcripts, event: ee.WordsHeard) -> None:
    if event.item_id not in self._pending and event.any_words:
        self._outputs.send(se.TranscriptionDelta, item_id=event.item_id, content_index=0, delta="late")
    right(self, event)


def _late_transcripts(right: Any, self: Transcripts, event: ee.Transcribed) -> Any:
    parts: dict[str, Any] = self.__dict__.setdefault("parts", {})
    pending = self._pending.get(event.item_id)
    if pending is not None:
        parts[event.item_id] = pending.part
    elif parts.get(event.item_id) is not None:
        parts[event.item_id].text = event.transcript + "…"
    return right(self, event)


# --- 7: audio is exact


def _loses_odd_bytes(right: Any, self: InputAudio, audio: bytes, format: Any, now: float) -> Piece | None:
    self._odd = b""
    piece: Piece | None = right(self, audio, format, now)
    return piece


def _keeps_what_was_taken(_right: Any, self: InputAudio, start: Tick, end: Tick) -> list[Piece]:
    return [part for piece in self._pieces if (part := piece.part(start, end)).data]


def _one_sample_less(right: Any, self: InputAudio, start: Tick, end: Tick) -> list[Piece]:
    taken: list[Piece] = right(self, start, Tick(end - 2))
    return taken


def _pads_too_much(_right: Any, _self: Turns) -> Tick:
    return from_ms(310)


def _pads_into_the_turn_before(right: Any, self: InputAudio, start: Tick, end: Tick) -> list[Piece]:
    self.committed = Tick(0)
    return [part for piece in self._pieces if (part := piece.part(start, end)).data]


# --- 8: nothing is left behind


def _ends_without_stopping(right: Any, self: Responses, reply: Any) -> None:
    reply.started = False
    right(self, reply)


def _drops_the_first(_right: Any, self: Transcripts) -> None:
    self._pending.clear()


# --- 9: the client knows


def _appends_always(right: Any, self: Conversation, item: Any, previous: Any = None) -> None:
    right(self, item, previous)
    self._order.remove(item.id)
    self._order.append(item.id)


def _deletes_in_silence(_right: Any, self: Conversation, item_id: Any) -> None:
    item = self.get(item_id, "deleting")
    self._outputs.send(se.ConversationItemDeleted, item_id=item_id)
    if item.role == "user":
        self._order.remove(item_id)
        del self._items[item_id]


def _writes_in_silence(right: Any, self: MessageOutput, text: str) -> None:
    right(self, text)
    self._part.text = self._text + "…"


def _argues_in_silence(right: Any, self: CallOutput, arguments: str) -> None:
    right(self, arguments)
    self.item.arguments += " "


def _tells_other_words(right: Any, self: Transcripts, event: ee.Transcribed, pending: Any) -> None:
    right(self, ee.Transcribed(event.item_id, event.transcript + "…"), pending)


# --- 10: every event is answered


def _anonymous(right: Any, self: Outputs, error: Any, _event_id: Any) -> None:
    right(self, error, None)


def _changes_before_it_refuses(right: Any, self: Session, event: ce.ConversationItemDelete) -> None:
    if event.item_id not in self._conversation._order:
        self._conversation._order[:1] = []
    right(self, event)


def _commits_without_an_error(right: Any, self: Session, event: Any) -> None:
    if self._turns._audio.length:
        right(self, event)


# --- 11: a guess leaves no trace


def _tells_what_is_prepared(right: Any, self: TurnTaking, report: Any) -> None:
    prepared = self._speculation.prepared
    right(self, report)
    if prepared is not None and isinstance(report, ee.ReplyCall) and report.call_id:
        self._conversation.known_calls.add(report.call_id)


def _speaks_ahead(right: Any, self: Speculation, report: Any) -> bool:
    if self.prepared is not None and isinstance(report, ee.ReplyText):
        ids = {"response_id": report.response_id, "item_id": "item_ahead", "output_index": 0, "content_index": 0}
        self._outputs.send(se.ResponseOutputTextDelta, **ids, delta=report.text)
    kept: bool = right(self, report)
    return kept


def _takes_whatever_was_prepared(_right: Any, _self: Prepared, _command: Any) -> bool:
    return True


def _keeps_the_last_report(right: Any, self: Speculation, command: Any) -> Prepared | None:
    prepared: Prepared | None = right(self, command)
    if prepared is not None:
        prepared.reports = prepared.reports[:1]
    return prepared


def _goes_on_guessing(right: Any, self: Turns, speech: Any) -> None:
    speech.guessing = False
    right(self, speech)


def _begins_the_item_ahead(right: Any, self: TurnTaking, event: ee.TranscriptGuessed) -> None:
    right(self, event)
    if self._speculation.prepared is not None and event.transcript.strip():
        self._responses.audio_was_sent = True


def _announces_noise(right: Any, self: Turns) -> None:
    if self.speech is not None and self.speech.held:
        self.announce(self.speech)
    right(self)


def _never_held(right: Any, self: Turns, event: ee.SpeechStarted, *, held: bool, **how: Any) -> bool:
    begun: bool = right(self, event, held=False, **how)
    return begun and not held


def _forgets_what_is_prepared(_right: Any, self: Speculation) -> None:
    self.prepared = None


def _begins_when_it_was_believed(right: Any, self: Turns, speech: Any) -> None:
    speech.start = Tick(min(speech.start + from_ms(100), self._audio.end))
    right(self, speech)


def _forgets_that_it_ended(right: Any, self: TurnTaking, event: ee.NotGuessed) -> None:
    speech = self._turns.speech
    if speech is None or speech.ended is None:
        right(self, event)
    else:
        self._turns.not_guessed(speech)


BUGS: dict[str, tuple[set[int], Plant]] = {
    "1 two responses at a time": ({1, 4}, instead(Responses, "check_room", _room_for_all)),
    "2 a cancelled response is forgotten": ({2, 4, 10}, instead(Responses, "_cancel", _forgets_instead_of_cancelling)),
    "2 a response is never created": ({2, 10}, instead(Responses, "_announce", _starts_unannounced)),
    "2 a response is done twice": ({2}, instead(Responses, "_end", _done_twice)),
    "2 shutting down forgets responses": ({2, 5, 8}, instead(Responses, "stop_all", nothing)),
    "3 items end after their response": ({3}, instead(Responses, "_end", _done_before_its_items)),
    "3 text after the end": ({3, 6}, instead(Responses, "text", _keeps_the_dead)),
    "4 speech does not interrupt": ({4}, instead(Responses, "interrupt", nothing)),
    "4 speech interrupts only what speaks": ({4}, instead(Responses, "interrupt", _interrupts_what_is_started)),
    "4 speech lets an unannounced reply live": (
        {4},
        instead(Responses, "interrupt", _interrupts_what_waits_to_be_announced),
    ),
    "5 a reply waits after a failure": (
        {5, 6},
        instead(Responses, "transcript_failed", _keeps_waiting_after_a_failure),
    ),
    "5 a reply to noise waits for ever": ({2, 5, 6}, instead(Responses, "transcript_ready", _never_withdraws)),
    "5 a reply starts without all words": ({2, 5}, instead(Responses, "transcript_ready", _starts_without_all)),
    "5 a failure is not told": ({5}, instead(Transcripts, "_send_failed", nothing)),
    "6 an old edge starts speech": ({6}, instead(Turns, "speech_started", _any_detection)),
    "6 an old edge ends speech": ({6}, instead(Turns, "of", _whatever_is_said)),
    "6 words of what is over are told": ({6}, instead(Transcripts, "words_heard", _late_words)),
    "6 a late transcript changes its item": ({6}, instead(Transcripts, "transcribed", _late_transcripts)),
    "7 half samples are lost": ({7}, instead(InputAudio, "append", _loses_odd_bytes)),
    "7 audio is committed twice": ({7}, instead(InputAudio, "commit", _keeps_what_was_taken)),
    "7 the last sample is lost": ({7}, instead(InputAudio, "commit", _one_sample_less)),
    "7 a turn begins too early": ({7}, instead(Turns, "_padding", _pads_too_much)),
    "7 padding reaches into the turn before": ({7}, instead(InputAudio, "commit", _pads_into_the_turn_before)),
    "8 a cancelled reply goes on": ({8}, instead(Responses, "_stop", nothing)),
    "8 a gone client's replies go on": ({8}, instead(Responses, "_forget", _ends_without_stopping)),
    "8 transcripts go on after the end": ({8}, instead(Transcripts, "stop_all", _drops_the_first)),
    "8 timers go on after the end": ({8}, instead(IdleTimeout, "stop", nothing)),
    "9 items are added elsewhere": ({9}, instead(Conversation, "add", _appends_always)),
    "9 deleted items stay": ({9}, instead(Conversation, "delete", _deletes_in_silence)),
    "9 text is kept that was not told": ({9}, instead(MessageOutput, "write", _writes_in_silence)),
    "9 arguments are kept that were not told": ({9}, instead(CallOutput, "write", _argues_in_silence)),
    "9 other words are told": ({9}, instead(Transcripts, "_send_completed", _tells_other_words)),
    "10 errors do not name the event": ({10}, instead(Outputs, "refuse", _anonymous)),
    "10 a refused event changes something": ({10}, instead(Session, "_delete", _changes_before_it_refuses)),
    "10 an empty commit is not answered": ({10}, instead(Session, "_commit", _commits_without_an_error)),
    "10 clear is not answered": ({10}, instead(Turns, "clear", nothing)),
    "11 a call of a prepared reply is known": ({11}, instead(TurnTaking, "reply_report", _tells_what_is_prepared)),
    "11 a prepared reply speaks": ({3, 6, 9, 11}, instead(Speculation, "holds", _speaks_ahead)),
    "11 a prepared reply is for anything": ({11}, instead(Prepared, "is_for", _takes_whatever_was_prepared)),
    "11 some of what was prepared is lost": ({5, 11}, instead(Speculation, "take", _keeps_the_last_report)),
    "11 what is withdrawn goes on": ({8, 11}, instead(Speculation, "drop", _forgets_what_is_prepared)),
    "11 a guess outlives its turn": ({8, 11}, instead(TurnTaking, "review", nothing)),
    "11 who goes on is not heard again": ({8, 11}, instead(Turns, "resume", _goes_on_guessing)),
    "11 a guess freezes the voice": ({11}, instead(TurnTaking, "transcript_guessed", _begins_the_item_ahead)),
    "11 a held noise is told": ({4, 7, 11}, instead(Turns, "let_go", _announces_noise)),
    "11 nothing is held": ({11}, instead(Turns, "speech_started", _never_held)),
    "11 what was held begins late": ({7}, instead(Turns, "announce", _begins_when_it_was_believed)),
    "11 what was held waits for ever": ({5}, instead(TurnTaking, "not_guessed", _forgets_that_it_ended)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, plant = BUGS[name]
    plant(monkeypatch)
    with pytest.raises(Broken):
        run_state_machine_as_test(Histories, settings=EXAMPLES)


def test_every_promise_has_its_bugs() -> None:
    assert {promise for promises, _ in BUGS.values() for promise in promises} == set(range(1, 12))
