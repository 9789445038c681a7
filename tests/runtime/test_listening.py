"""Everything a session hears, from bytes to reports: the same whatever the chunking."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.engine_events import SpeechStarted, SpeechStopped, Transcribed
from ovos_voice_agent.engines.interface import Vad
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import TurnDetection
from ovos_voice_agent.runtime.listening import Listening
from ovos_voice_agent.runtime.world import StageLimits
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, ScriptedStt
from tests.recordings import silence_24k as silence_s
from tests.recordings import speech_24k
from tests.runtime.scenes import PCM_24K, SERVER_VAD, Notes, pieces, run, silence_24k, spawner, tone_24k, world

ITEM = ItemId("item_1")
PADDING = 300 * 48


class Room:
    """Listening with a session of its own: an utterance for each stretch of speech, 300 ms before it included."""

    def __init__(self, vad: Vad, limits: StageLimits | None = None) -> None:
        self.stt = ScriptedStt()
        self.notes = Notes()
        self.tasks: set[asyncio.Task[None]] = set()
        shared = world(vad=vad, stt=self.stt, limits=limits)
        self.listening = Listening(shared, self._report, spawner(self.tasks))
        self.at = 0
        self._committed = 0
        self._item = ITEM

    def detect(self, settings: TurnDetection | None = SERVER_VAD, number: int = 0) -> None:
        self.listening.detect(c.Detect(number, settings, Tick(self.at), fresh=True))

    def hear(self, audio: bytes) -> None:
        self.listening.hear(c.Hear(audio, PCM_24K, Tick(self.at)))
        self.at += len(audio)

    def _report(self, event: Any) -> None:
        if isinstance(event, SpeechStarted):
            start = Tick(max(event.onset - PADDING, self._committed))
            self._item = ItemId(f"item_{event.onset}")
            self.listening.start_transcript(c.StartTranscript(self._item, start, None))
        elif isinstance(event, SpeechStopped):
            self._committed = event.end
            self.listening.finish_transcript(c.FinishTranscript(self._item, event.end))
        self.notes.take(event)

    async def leave(self) -> None:
        self.listening.close()
        if self.tasks:
            await asyncio.wait(self.tasks)


def story(vad: Vad, chunks: Sequence[bytes]) -> tuple[list[Any], list[bytes]]:
    """The edges and the audio of the utterances."""

    async def scene() -> Room:
        await vad.start()
        room = Room(vad)
        room.detect()
        for chunk in chunks:
            room.hear(chunk)
            await room.listening.ready_for_more()
        await room.listening.caught_up()
        await room.notes.until(Transcribed, len(room.notes.of(SpeechStopped)))
        await room.leave()
        await vad.close()
        return room

    room = run(scene())
    edges = [note for note in room.notes if isinstance(note, SpeechStarted | SpeechStopped)]
    return edges, [bytes(utterance.pcm) for utterance in room.stt.utterances]


def utterances() -> bytes:
    return b"".join(silence_s(0.7) + speech_24k(name) + silence_s(0.9) for name in ("goforward", "cards_001"))


@pytest.mark.parametrize("name", ["energy", "silero"])
def test_events_and_audio_do_not_depend_on_the_chunking(name: str) -> None:
    def vad() -> Vad:
        engine: Any = EnergyVad() if name == "energy" else installed().create("vad", "silero", {})
        return engine

    audio = utterances()
    ten_s = story(vad(), pieces(audio, 480_000))
    assert len(ten_s[0]) >= 4
    assert ten_s == story(vad(), pieces(audio, 960))
    assert ten_s == story(vad(), pieces(audio, 96 * 7 + 2))
    if name == "energy":
        assert ten_s == story(vad(), pieces(audio, 48))


def test_an_utterance_is_exactly_what_was_committed() -> None:
    edges, fed = story(EnergyVad(), pieces(utterances(), 4800))
    starts, stops = edges[0::2], edges[1::2]
    before = 0
    for start, stop, audio in zip(starts, stops, fed, strict=True):
        assert len(audio) // 2 == (stop.end - max(start.onset - PADDING, before)) // 3
        before = stop.end


def test_without_detection_the_recogniser_gets_everything_at_once() -> None:
    async def scene() -> Room:
        room = Room(EnergyVad())
        room.detect(None)
        room.hear(tone_24k(100))
        room.listening.start_transcript(c.StartTranscript(ITEM, Tick(0), None))
        room.hear(tone_24k(100))
        assert room.stt.utterances[0].heard_ms >= 198, "all but what the resampler looks ahead"
        room.hear(tone_24k(100))
        room.listening.finish_transcript(c.FinishTranscript(ITEM, Tick(room.at)))
        await room.notes.until(Transcribed)
        await room.leave()
        return room

    assert run(scene()).notes == [Transcribed(ITEM, "300 ms", "en")]


def test_a_huge_append_is_worked_off_in_slices_and_in_order() -> None:
    async def scene() -> tuple[int, int, Room]:
        room = Room(EnergyVad())
        room.detect(None)
        room.listening.start_transcript(c.StartTranscript(ITEM, Tick(0), None))
        room.hear(tone_24k(9_000))
        at_once = room.stt.utterances[0].heard_ms
        await room.listening.caught_up()
        room.hear(tone_24k(5_000))
        room.hear(tone_24k(10))
        room.listening.finish_transcript(c.FinishTranscript(ITEM, Tick(room.at)))
        await room.notes.until(Transcribed)
        await room.leave()
        return at_once, room.at, room

    at_once, _, room = run(scene())
    assert 1900 < at_once <= 2000
    assert room.notes == [Transcribed(ITEM, "14010 ms", "en")]
    once = b"".join([tone_24k(9_000), tone_24k(5_000), tone_24k(10)])
    assert len(room.stt.utterances[0].pcm) == len(once) * 2 // 3


def test_no_more_is_welcome_while_twenty_seconds_wait() -> None:
    async def scene() -> list[bool]:
        vad = EnergyVad(latency_s=FOREVER)
        room = Room(vad)
        room.detect()
        found = []
        for seconds in (19, 2):
            room.hear(silence_24k(seconds * 1000))
            waiting = asyncio.ensure_future(room.listening.ready_for_more())
            await asyncio.sleep(0)
            found.append(waiting.done())
        await room.leave()
        await waiting
        return found

    assert run(scene()) == [True, False]


def test_a_detector_that_hangs_holds_nobody_up_for_ever() -> None:
    async def scene() -> Room:
        vad = EnergyVad(latency_s=FOREVER)
        room = Room(vad, StageLimits(catch_up_s=0.01, detector_s=0.01))
        room.detect()
        room.hear(silence_24k(30_000))
        await room.listening.caught_up()
        vad.latency_s = 0
        room.hear(tone_24k(1000))
        await room.listening.ready_for_more()
        await room.notes.until(SpeechStarted)
        await room.leave()
        assert vad.open_streams == 0
        return room

    assert len(run(scene()).notes.of(SpeechStarted)) == 1


def test_old_audio_is_let_go() -> None:
    async def scene() -> int:
        room = Room(EnergyVad())
        room.detect(None)
        room.hear(tone_24k(1000))
        room.listening.forget(Tick(500 * 48))
        room.listening.start_transcript(c.StartTranscript(ITEM, Tick(0), None))
        room.listening.finish_transcript(c.FinishTranscript(ITEM, Tick(room.at)))
        await room.notes.until(Transcribed)
        await room.leave()
        return len(room.stt.utterances[0].pcm) // 2

    assert run(scene()) == 500 * 16
