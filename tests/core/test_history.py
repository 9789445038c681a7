"""Random histories of a session: whatever clients, people and engines do, and when, the promises hold.

Rules are what can happen; `World` checks every promise after each step, and `teardown` what holds at the end.
`HYPOTHESIS_PROFILE=deep` plays many more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec import structs

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core import greeting, idle
from ovos_voice_agent.core.clock import TICKS_PER_MS, Tick, from_ms
from ovos_voice_agent.core.offer import Limits
from ovos_voice_agent.core.session import EXPIRY_TIMER
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder
from ovos_voice_agent.protocol.objects import ItemId, ResponseId
from ovos_voice_agent.protocol.settings import Settings, TranscriptionSettings
from tests.core.promises import World
from tests.core.stage import (
    OFFER,
    Event,
    append_bytes,
    base64_of,
    cancel,
    commit,
    create,
    item,
    naming,
    realtime,
    transcribing,
    truncate,
    update,
    vad,
)
from tests.core.stream import demand

DECODER = ClientEventDecoder()
NOISE = bytes((index * 7 + index // 251) % 256 for index in range(400_000))
"""Audio in which no two places look alike."""

ENDINGS = ("gone", "shutdown", "expiry", "settled")
SAID = ("Hello", "Hello there.", "stop it", "uh-huh", "", "Hello you")
TEXTS = ("", "Hello", "Hello there.", " ")
STARTS: dict[str, Settings] = {
    "detecting": realtime(),
    "quiet": realtime(transcription=None),
    "by hand": realtime(turn_detection=None),
    "patient": realtime(turn_detection=vad(create_response=True, interrupt_response=False)),
    "idle": realtime(turn_detection=vad(idle_timeout_ms=5000)),
    "transcribing": transcribing(),
}
DETECTIONS: list[Event | None] = [
    None,
    {"type": "server_vad"},
    {"type": "server_vad", "create_response": False, "prefix_padding_ms": 0},
    {"type": "server_vad", "interrupt_response": False, "idle_timeout_ms": 5000},
    {"type": "semantic_vad", "eagerness": "low"},
    {"type": "server_vad", "idle_timeout_ms": 1},
]
HEARD: list[Event] = [
    {"format": {"type": "audio/pcmu"}},
    {"format": {"type": "audio/pcm", "rate": 24000}},
    {"transcription": None},
    {"transcription": {}},
    {"noise_reduction": {"type": "near_field"}},
    *({"turn_detection": detection} for detection in DETECTIONS),
]
SESSIONS: list[Event] = [
    {"output_modalities": ["text"]},
    {"output_modalities": ["audio"]},
    {"instructions": ""},
    {"x_ovos": {"timeline": True, "words": True}},
    {"tools": [{"type": "function", "name": "f", "parameters": None}], "tool_choice": "required"},
    {"unknown": 1},
    {"model": "other"},
]
AHEAD: dict[str, dict[str, Any]] = {
    "answers": {"speculation": "replies"},
    "answers by meaning": {"speculation": "replies", "interruption": 1},
    "nothing": {},
    "words": {"speculation": "transcripts", "interruption": 2, "words_while_speaking": False},
}
"""What is done before a turn is over, and what interrupts."""
GOES_ON = ("says", "speaks", "calls", "reaches")
FRAMES = ("{", "[]", '{"type": "x"}', '{"type": "response.cancel", "event_id": "raw", "extra": 1}')


def some_reply(self: Histories) -> bool:
    """Some reply was started."""
    return bool(self.world.spoken)


class Histories(RuleBasedStateMachine):
    """One connection from its beginning to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(realtime(), OFFER)
        self.number = 0
        self.sent = 0
        self.buffered = False
        self.passed = 0
        self.written: dict[str, int] = {}

    @initialize(
        start=st.sampled_from(sorted(STARTS)),
        ending=st.sampled_from(["gone", "shutdown", "expiry", "settled"]),
        ahead=st.sampled_from(sorted(AHEAD)),
        first_message=st.sampled_from(["", "Welcome."]),
    )
    def begin(self, start: str, ending: str, ahead: str, first_message: str) -> None:
        limits = Limits(items=12, out_of_band_responses=2, buffer_seconds=30)
        offer = replace(OFFER, noise_reduction=True, limits=limits, first_message=first_message, **AHEAD[ahead])
        self.world = World(STARTS[start], offer)
        self.ending = ending
        self.world.step(ee.Opened())

    def client(self, event: Event) -> None:
        """A client's event through the codec, named so that its answer can be told."""
        self.number += 1
        try:
            decoded: Any = DECODER.check({**event, "event_id": f"client_{self.number}"})
        except BadEvent as error:
            decoded = ee.Refused(error, error.event_id)
        self.world.step(decoded)

    def later(self, data: st.DataObject) -> Tick:
        """A position that the detector has not passed yet, on a whole millisecond where there is one."""
        first = max(self.passed, self.world.detection.start)
        end = self.world.stream.end
        self.passed = min(max(first, from_ms(data.draw(st.integers(first // TICKS_PER_MS, end // TICKS_PER_MS)))), end)
        return Tick(self.passed)

    def an_item(self, data: st.DataObject) -> str:
        """An id of an item that is there, was there or never was."""
        return data.draw(st.sampled_from([*self.world.mirror.order, *self.world.mirror.deleted, "mine", "yours"]))

    # ------------------------------------------------------------------------------------------------------- audio

    @rule(size=st.one_of(st.integers(0, 3000), st.integers(0, 100_000)), seconds=st.floats(0, 2))
    def append(self, size: int, seconds: float) -> None:
        start = self.sent % 200_000
        self.sent += size
        self.buffered = True
        self.world.now += seconds
        self.client(append_bytes(NOISE[start : start + size]))

    @precondition(lambda self: self.buffered)
    @rule(kind=st.sampled_from(["commit", "commit", "clear"]))
    def empty(self, kind: str) -> None:
        self.buffered = False
        self.client({"type": f"input_audio_buffer.{kind}"})

    @precondition(lambda self: self.world.detection.settings is not None and self.buffered)
    @rule(data=st.data())
    def speech_starts(self, data: st.DataObject) -> None:
        self.edge(ee.SpeechStarted(self.world.detection.detection, self.later(data)))

    @precondition(lambda self: self.world.detection.settings is not None and self.buffered)
    @rule(data=st.data())
    def speech_stops(self, data: st.DataObject) -> None:
        last_speech, end = self.later(data), self.later(data)
        self.edge(ee.SpeechStopped(self.world.detection.detection, last_speech, end, {}))

    @precondition(lambda self: self.speaking())
    @rule(data=st.data(), kind=st.sampled_from([ee.SpeechPaused, ee.SpeechPaused, ee.SpeechResumed, ee.SpeechLasted]))
    def speech_goes_on(self, data: st.DataObject, kind: Any) -> None:
        more = () if kind is ee.SpeechResumed else (self.later(data),)
        if kind is ee.SpeechLasted:
            more = (from_ms(data.draw(st.sampled_from([800, 2400]))),)
        self.edge(kind(self.world.detection.detection, self.later(data), *more))

    def speaking(self) -> bool:
        """Somebody speaks, as far as the detector knows."""
        return self.world.detection.settings is not None and self.world.running.listening is not None

    @precondition(lambda self: self.world.running.guesses.asked)
    @rule(text=st.sampled_from([*TEXTS, *SAID, "fails"]))
    def guessed(self, text: str) -> None:
        utterance = ItemId(str(self.world.running.guesses.asked))
        self.world.report(ee.NotGuessed(utterance) if text == "fails" else ee.TranscriptGuessed(utterance, text))

    @precondition(lambda self: self.world.detection.settings is not None)
    @rule(data=st.data(), text=st.sampled_from(SAID), size=st.integers(5000, 60_000), over=st.booleans())
    def says_something(self, data: st.DataObject, text: str, size: int, over: bool) -> None:
        """Somebody speaks, perhaps over a reply, and pauses; their words are guessed. Whatever may follow."""
        if over and self.world.running.replies:
            self.reply_speaks(data, ["says", "speaks"])
        self.append(size, 0.0)
        self.speech_starts(data)
        if self.speaking():
            self.edge(ee.SpeechPaused(self.world.detection.detection, self.later(data), self.later(data)))
        if self.world.running.guesses.asked and data.draw(st.integers(0, 2)):
            self.guessed(text)
        elif self.world.running.guesses.asked and data.draw(st.booleans()):
            self.speech_stops(data)
            self.guessed("fails")

    @precondition(lambda self: self.world.running.guesses.reply)
    @rule(data=st.data(), kinds=st.lists(st.sampled_from(["says", "speaks", "calls", "ends", "fails"]), max_size=4))
    def is_answered_ahead(self, data: st.DataObject, kinds: list[str]) -> None:
        """The reply to a guess goes on."""
        for kind in kinds:
            prepared = self.world.running.guesses.reply
            if prepared is None:
                return
            if kind in ("ends", "fails"):
                failed = ee.ReplyFailed(prepared.response_id, "llm", "server_error", "No.")
                self.world.report(failed if kind == "fails" else ee.ReplyFinished(prepared.response_id))
            else:
                getattr(self, f"_{kind}")(data, prepared.response_id)

    @precondition(lambda self: self.world.running.guesses.everything())
    @rule(data=st.data(), over=st.sampled_from([True, True, False]), meanwhile=st.sampled_from([None, None, "Hi"]))
    def guess_is_over(self, data: st.DataObject, over: bool, meanwhile: str | None) -> None:
        """Who was silent for so long has finished, or goes on; perhaps there is something else to answer by then."""
        if meanwhile is not None:
            self.client(item(None, meanwhile))
        if over:
            self.speech_stops(data)
        else:
            self.edge(ee.SpeechResumed(self.world.detection.detection, self.later(data)))

    @rule(data=st.data())
    def heard(self, data: st.DataObject) -> None:
        self.edge(ee.Heard(self.world.detection.detection, self.later(data)))

    def edge(self, report: Any) -> None:
        """A report of the detection in force, and before it the same of the detection before: that one is late."""
        if report.detection:
            self.world.late(structs.replace(report, detection=report.detection - 1))
        self.world.step(report)

    # ------------------------------------------------------------------------------------------------- transcripts

    @precondition(lambda self: self.utterances())
    @rule(data=st.data(), text=st.sampled_from(TEXTS))
    def words(self, data: st.DataObject, text: str) -> None:
        utterance = data.draw(st.sampled_from([*self.utterances(), *filter(None, [self.world.running.listening])]))
        self.world.report(ee.WordsHeard(utterance, text.strip(), bool(text.strip())))

    @precondition(lambda self: self.utterances())
    @rule(data=st.data(), text=st.sampled_from([*TEXTS, "fails"]))
    def transcribed(self, data: st.DataObject, text: str) -> None:
        self.world.report(result(data.draw(st.sampled_from(self.utterances())), text))

    def utterances(self) -> list[ItemId]:
        """Those whose words are awaited, several times, and those that are over."""
        awaited, over = self.world.running.transcripts, self.world.over["transcript"]
        return [ItemId(one) for one in [*sorted(awaited) * 4, *sorted(over)]]

    # ----------------------------------------------------------------------------------------------------- replies

    def a_reply(self, data: st.DataObject) -> ResponseId:
        """One that was started, most often one that runs."""
        running, every = sorted(self.world.running.replies), sorted(self.world.spoken)
        return ResponseId(data.draw(st.sampled_from(running * 4 + every)))

    @precondition(some_reply)
    @rule(data=st.data(), kinds=st.lists(st.sampled_from(GOES_ON), min_size=1, max_size=4))
    def reply_goes_on(self, data: st.DataObject, kinds: list[str]) -> None:
        reply = self.a_reply(data)
        for kind in kinds:
            getattr(self, f"_{kind}")(data, reply)

    @precondition(some_reply)
    @rule(data=st.data(), kinds=st.lists(st.sampled_from(["says", "speaks"]), min_size=1, max_size=2))
    def reply_speaks(self, data: st.DataObject, kinds: list[str]) -> None:
        self.reply_goes_on(data, kinds)

    def _says(self, data: st.DataObject, reply: ResponseId) -> None:
        text = data.draw(st.sampled_from(TEXTS))
        self.written[reply] = self.written.get(reply, 0) + len(text)
        self.world.report(ee.ReplyText(reply, text))

    def _speaks(self, data: st.DataObject, reply: ResponseId) -> None:
        if self.world.spoken[reply].spoken:
            length = self.written.get(reply, 0)
            words = (ee.WordStarted(length, 0),) if data.draw(st.booleans()) else ()
            self.world.report(ee.PhraseStarted(reply, length // 2, length))
            self.world.report(ee.ReplyAudio(reply, bytes(2 * data.draw(st.integers(0, 4000))), words))
            self.world.report(ee.ReplyAudio(reply, b"", words, estimated=True))

    def _calls(self, data: st.DataObject, reply: ResponseId) -> None:
        arguments = data.draw(st.sampled_from(["", "{}", '{"a":']))
        self.number += 1
        self.written[reply] = 0
        self.world.report(ee.ReplyCall(reply, 0, arguments, f"call_{self.number}", "f"))
        self.world.report(ee.ReplyCall(reply, 0, arguments))

    def _reaches(self, _: st.DataObject, reply: ResponseId) -> None:
        self.world.report(ee.StageReached(reply, "first_phrase"))

    @precondition(some_reply)
    @rule(data=st.data(), reason=st.sampled_from(["stop", "stop", "length", "content_filter", "fails"]))
    def finishes(self, data: st.DataObject, reason: Any) -> None:
        reply = self.a_reply(data)
        failed = ee.ReplyFailed(reply, "llm", "server_error", "No.")
        self.world.report(failed if reason == "fails" else ee.ReplyFinished(reply, reason))

    # ------------------------------------------------------------------------------------------------- the client

    @rule(heard=st.one_of(st.none(), st.sampled_from(HEARD)), session=st.sampled_from([{}, *SESSIONS]))
    def update(self, heard: Event | None, session: Event) -> None:
        kind = "transcription" if isinstance(self.world.session.settings, TranscriptionSettings) else "realtime"
        event = update(heard=heard, **session)
        event["session"]["type"] = kind if self.number % 7 else "realtime"
        self.client(event)

    @rule(data=st.data(), kind=st.sampled_from(["message", "message", "recording", "output"]))
    def create_item(self, data: st.DataObject, kind: str) -> None:
        previous = data.draw(st.sampled_from([None, None, "root", self.an_item(data)]))
        own = self.an_item(data) if data.draw(st.integers(0, 4)) == 0 else None
        if kind == "message":
            self.client(item(own, "Hi", previous, data.draw(st.sampled_from(["user", "assistant", "system"]))))
            return
        created = an_output(data) if kind == "output" else a_recording(data)
        self.client({"type": "conversation.item.create", "item": {**created, "id": own}, "previous_item_id": previous})

    @precondition(lambda self: self.world.mirror.items)
    @rule(data=st.data(), kind=st.sampled_from(["retrieve", "delete", "truncate", "truncate"]))
    def name_an_item(self, data: st.DataObject, kind: str) -> None:
        if kind == "truncate":
            end_ms, content = data.draw(st.integers(0, 300)), data.draw(st.sampled_from([0, 0, 1]))
        named = self.an_item(data)
        self.client(truncate(named, end_ms, content) if kind == "truncate" else naming(kind, named))

    @rule(data=st.data(), aside=st.sampled_from([None, "auto", "none", "x"]), text=st.booleans())
    def create_response(self, data: st.DataObject, aside: str | None, text: bool) -> None:
        inputs = [None, None, [], [{"type": "item_reference", "id": self.an_item(data)}], [a_recording(data)]]
        wanted = data.draw(st.sampled_from(inputs))
        self.client(create(conversation=aside, input=wanted, output_modalities=["text"] if text else None))

    @precondition(lambda self: self.world.mirror.responses)
    @rule(data=st.data(), named=st.booleans())
    def cancel(self, data: st.DataObject, named: bool) -> None:
        known = sorted(self.world.mirror.responses)
        self.client(cancel(data.draw(st.sampled_from(known)) if named else None))

    @rule(frame=st.sampled_from([*FRAMES, None]))
    def nonsense(self, frame: str | None) -> None:
        """What cannot be understood, or may not be acted on."""
        refused = ee.Refused(ClientError("Too many events.", code="too_many_events"), "refused")
        if frame is not None:
            try:
                DECODER.decode(frame)
            except BadEvent as error:
                refused = ee.Refused(error, error.event_id)
        self.world.step(refused)

    # --------------------------------------------------------------------------------------------------- the shell

    @rule(name=st.sampled_from([idle.TIMER, greeting.TIMER]))
    def timer(self, name: str) -> None:
        if name in {*self.world.running.timers, *self.world.over["timer"]}:
            self.world.report(ee.TimerFired(name))

    def teardown(self) -> None:
        if self.world.mirror.session is None or self.world.broken:
            return
        if self.ending == "settled":
            self.world.settle()
        elif self.ending == "shutdown":
            self.world.step(ee.ShuttingDown())
        elif self.ending == "expiry":
            self.world.report(ee.TimerFired(EXPIRY_TIMER))
        if self.ending in ("shutdown", "expiry"):
            demand(8, self.world.closed, f"{self.ending} does not close")
            self.client(commit())
        self.world.end()


def result(utterance: ItemId, text: str) -> ee.EngineEvent:
    """What a recogniser comes to."""
    if text == "fails":
        return ee.TranscriptionFailed(utterance, "server_error", "No.")
    return ee.Transcribed(utterance, text)


def a_recording(data: st.DataObject) -> Event:
    """Two recordings in one item, of whatever length; what is said in them is known, or not."""
    part = {"type": "input_audio", "audio": base64_of(bytes(data.draw(st.sampled_from([0, 1, 4800]))))}
    told = {"transcript": "Hi"} if data.draw(st.booleans()) else {}
    return {"type": "message", "role": "user", "content": [part, {**part, **told}]}


def an_output(data: st.DataObject) -> Event:
    return {"type": "function_call_output", "call_id": data.draw(st.sampled_from(["call_1", "unknown"])), "output": "x"}


TestHistories = Histories.TestCase
TestHistories.settings = settings(stateful_step_count=60, max_examples=2 * settings().max_examples)
