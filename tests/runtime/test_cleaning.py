"""The recogniser hears cleaned audio, each sample in its place, whatever the chunking and the front end's pace."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.engine_events import SpeechStarted, SpeechStopped, Transcribed
from ovos_voice_agent.engines.frontend.interface import FrontendOptions
from ovos_voice_agent.engines.interface import EngineInfo, FloatSamples
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import NoiseReduction
from ovos_voice_agent.runtime.cleaning import Cleaning
from ovos_voice_agent.runtime.intake import Intake
from ovos_voice_agent.runtime.listening import Listening
from ovos_voice_agent.runtime.world import StageLimits, World
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts
from tests.recordings import silence_24k, speech_24k
from tests.runtime.scenes import PCM_24K, SERVER_VAD, Engines, Notes, ids, pieces, run, spawner, tone_24k

ITEM = ItemId("item_1")
NEAR = NoiseReduction("near_field")
PCM_16K = AudioFormat(rate_hz=16_000)


class Halver:
    """A front end that makes everything half as loud and 250 samples late. It delivers when it is told to."""

    info = EngineInfo("frontend", "halver", "for tests")
    reduces_noise, frame_samples, delay_samples = True, 160, 250

    def __init__(self, *, at_once: bool = True) -> None:
        self.at_once = at_once
        self.opened: list[FrontendOptions] = []
        self.open_streams = 0
        self.due: deque[Callable[[], None]] = deque()

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def open(self, options: FrontendOptions) -> HalverStream:
        self.opened.append(options)
        self.open_streams += 1
        return HalverStream(self)

    def work(self, count: int | None = None) -> None:
        """Deliver what is due, or only so much of it."""
        for _ in range(len(self.due) if count is None else min(count, len(self.due))):
            self.due.popleft()()


class HalverStream:
    def __init__(self, engine: Halver) -> None:
        self._engine = engine
        self._late = np.zeros(engine.delay_samples, np.float32)
        self._closed = False

    def submit(self, frames: FloatSamples, deliver: Callable[[Sequence[FloatSamples]], None]) -> None:
        sound = np.concatenate((self._late, frames.reshape(-1)))
        self._late = sound[frames.size :]
        halved = list((sound[: frames.size] / 2).reshape(frames.shape))
        self._engine.due.append(lambda: None if self._closed else deliver(halved))
        if self._engine.at_once:
            asyncio.get_running_loop().call_soon(self._engine.work)

    def close(self) -> None:
        self._engine.open_streams -= not self._closed
        self._closed = True


class Scene:
    """Cleaning alone, over an intake at 16 kHz, so that nothing is held back by a resampler."""

    def __init__(self) -> None:
        self.intake = Intake()
        self.halver = Halver(at_once=False)
        self.calls: list[str] = []
        self.cleaning = Cleaning(
            self.halver, self.intake, lambda: self.calls.append("progress"), lambda: self.calls.append("failed")
        )
        self.at = 0

    def hear(self, samples: FloatSamples) -> None:
        audio = pcm.bytes_of_float(samples)
        self.intake.push(audio, PCM_16K, Tick(self.at))
        self.at += len(audio) // 2 * 3
        self.cleaning.take()

    def heard(self, start: int, end: int) -> list[int]:
        return np.frombuffer(self.cleaning.slice(start, end), "<i2").tolist()


def ramp(start: int, end: int) -> FloatSamples:
    """Sample k is k in int16: an even number, so that half of it is exact."""
    return (np.arange(start, end, dtype=np.float32) * 2) / 32768


def test_off_it_is_the_intake_bit_for_bit() -> None:
    scene = Scene()
    scene.hear(ramp(0, 1000))
    assert scene.cleaning.slice(0, 1000) == scene.intake.slice(0, 1000)
    assert scene.cleaning.reached(777) == scene.cleaning.decided(777) == 777
    assert scene.cleaning.ready(5000)
    assert scene.halver.opened == []


def test_every_sample_is_in_its_place_whether_cleaned_or_not() -> None:
    scene = Scene()
    scene.hear(ramp(0, 500))
    scene.cleaning.configure(NEAR)
    scene.hear(ramp(500, 2000))
    scene.halver.work()
    clean_end = 500 + 9 * 160 - 250
    assert scene.cleaning.reached(2000) == clean_end
    assert scene.heard(0, 500) == list(range(0, 1000, 2)), "before, as it was"
    assert scene.heard(400, clean_end) == [*range(800, 1000, 2), *range(500, clean_end)], "then cleaned"
    assert scene.heard(clean_end - 1, 2000)[1:] == list(range(2 * clean_end, 4000, 2)), "what is not cleaned yet, raw"


def test_switched_off_and_on_again_nothing_is_lost() -> None:
    scene = Scene()
    scene.cleaning.configure(NEAR)
    scene.hear(ramp(0, 800))
    scene.halver.work()
    scene.cleaning.configure(None)
    scene.hear(ramp(800, 1000))
    assert scene.heard(0, 1000) == [*range(550), *range(1100, 2000, 2)]
    scene.cleaning.configure(NEAR)
    scene.hear(ramp(1000, 1800))
    scene.halver.work()
    assert scene.heard(0, 1550) == [*range(550), *range(1100, 2000, 2), *range(1000, 1550)]
    assert scene.halver.open_streams == 1
    scene.cleaning.close()
    assert scene.halver.open_streams == 0


def test_an_end_does_not_depend_on_how_far_cleaning_has_come() -> None:
    ends = []
    for more in (0, 160, 5000):
        scene = Scene()
        scene.cleaning.configure(NEAR)
        scene.hear(ramp(0, 2000 + more))
        assert not scene.cleaning.ready(2000)
        scene.halver.work()
        assert scene.cleaning.ready(2000)
        with scene.cleaning.ending_at(2000):
            ends.append(scene.heard(0, 2000))
    assert ends[0] == ends[1] == ends[2]
    assert 32 + 160 > 2000 - 250 - scene.cleaning.decided(2000) >= 32


def test_waiting_counts_what_the_front_end_owes() -> None:
    scene = Scene()
    scene.cleaning.configure(NEAR)
    for start in range(0, 1600, 80):
        scene.hear(ramp(start, start + 80))
    assert scene.cleaning.waiting_samples == 1600
    scene.halver.work(4)
    assert scene.cleaning.waiting_samples == 1600 - 4 * 160
    scene.halver.work()
    assert scene.cleaning.waiting_samples == 0
    assert scene.calls == ["progress"] * 10


def test_what_is_forgotten_is_gone_and_costs_nothing_once_off() -> None:
    scene = Scene()
    scene.cleaning.configure(NEAR)
    scene.hear(ramp(0, 1600))
    scene.halver.work()
    scene.cleaning.forget(1000)
    assert scene.heard(1000, 1100) == list(range(1000, 1100))
    scene.cleaning.configure(None)
    scene.cleaning.forget(1600)
    assert scene.cleaning.slice(0, 1600) == scene.intake.slice(0, 1600)


def test_options_reach_the_front_end() -> None:
    scene = Scene()
    for settings in (NoiseReduction("far_field"), NoiseReduction("near_field", 0.25)):
        scene.cleaning.configure(settings)
    assert scene.halver.opened == [FrontendOptions(far_field=True), FrontendOptions(strength=0.25)]
    assert scene.halver.open_streams == 1


@pytest.mark.parametrize("fault", ["open", "submit"])
def test_a_front_end_that_fails_is_left_out(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Halver):
        def open(self, options: FrontendOptions) -> Any:
            if fault == "open":
                raise ValueError("broken")
            stream = super().open(options)
            stream.submit = lambda *_: 1 / 0  # type: ignore[method-assign,assignment]
            return stream

    scene = Scene()
    failures: list[int] = []
    scene.cleaning = Cleaning(Broken(), scene.intake, lambda: None, lambda: failures.append(1))
    scene.cleaning.configure(NEAR)
    scene.hear(ramp(0, 1000))
    assert scene.cleaning.slice(0, 1000) == scene.intake.slice(0, 1000)
    assert scene.cleaning.ready(1000)
    assert failures == [1]
    assert len(caplog.records) == 1


# ----------------------------------------------------------------------------------------------- with the rest


class Room:
    """Listening with a front end; an utterance for each stretch of speech."""

    def __init__(self, frontend: Any, limits: StageLimits | None = None) -> None:
        self.stt = ScriptedStt()
        self.notes = Notes()
        self.tasks: set[asyncio.Task[None]] = set()
        engines = Engines(EnergyVad(), self.stt, ScriptedLlm(), ToneTts(), frontend)
        shared = World(engines, ids(), limits=limits or StageLimits())
        self.listening = Listening(shared, self._report, spawner(self.tasks))
        self.at = 0
        self._item = ITEM

    def hear(self, audio: bytes) -> None:
        self.listening.hear(c.Hear(audio, PCM_24K, Tick(self.at)))
        self.at += len(audio)

    def _report(self, event: Any) -> None:
        if isinstance(event, SpeechStarted):
            self._item = ItemId(f"item_{event.onset}")
            self.listening.start_transcript(c.StartTranscript(self._item, event.onset, None))
        elif isinstance(event, SpeechStopped):
            self.listening.finish_transcript(c.FinishTranscript(self._item, event.end))
            self.listening.forget(event.end)
        self.notes.take(event)

    async def leave(self) -> None:
        self.listening.close()
        if self.tasks:
            await asyncio.wait(self.tasks)


def story(frontend: Any, chunks: Sequence[bytes], settings: NoiseReduction | None = NEAR) -> tuple[list[Any], Any]:
    """The edges and the audio of the utterances."""

    async def scene() -> Room:
        await frontend.start()
        room = Room(frontend)
        room.listening.detect(c.Detect(0, SERVER_VAD, Tick(0), fresh=True))
        room.listening.reduce_noise(settings)
        for chunk in chunks:
            room.hear(chunk)
            await room.listening.ready_for_more()
        await room.listening.caught_up()
        await room.notes.until(Transcribed, len(room.notes.of(SpeechStarted)))
        await room.leave()
        await frontend.close()
        return room

    room = run(scene())
    edges = [note for note in room.notes if isinstance(note, SpeechStarted | SpeechStopped)]
    return edges, [bytes(utterance.pcm) for utterance in room.stt.utterances]


def utterances() -> bytes:
    return b"".join(silence_24k(0.7) + speech_24k(name) + silence_24k(0.9) for name in ("goforward", "cards_001"))


def cuts(sizes: Sequence[int], audio: bytes) -> Iterator[bytes]:
    """Chunks of so many samples, in turns."""
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(audio):
            return
        yield audio[at : at + 2 * size]
        at += 2 * size


@functools.cache
def whole() -> tuple[list[Any], Any]:
    return story(Halver(), [utterances()])


@given(st.lists(st.integers(400, 90_000), min_size=1, max_size=6))
def test_utterances_do_not_depend_on_the_chunking(sizes: list[int]) -> None:
    assert story(Halver(), list(cuts(sizes, utterances()))) == whole()


def test_edges_are_those_of_the_sound_as_it_came_and_utterances_are_as_long() -> None:
    edges, heard = story(Halver(), [utterances()], None)
    assert edges == whole()[0]
    assert [len(audio) for audio in heard] == [len(audio) for audio in whole()[1]]
    for raw, cleaned in zip(heard, whole()[1], strict=True):
        full, half = (np.frombuffer(audio, "<i2").astype(int)[:-600] for audio in (raw, cleaned))
        assert np.abs(full - 2 * half).max() <= 2


def test_with_rnnoise_the_recogniser_hears_something_else_but_in_its_place() -> None:
    def rnnoise() -> Any:
        return installed().create("frontend", "rnnoise", {})

    said = silence_24k(0.3) + speech_24k("cards_001") + silence_24k(0.7)  # short: the network needs a processor
    noise = (np.random.default_rng(1).standard_normal(len(said) // 2) * 150).astype("<i2")
    sound = (np.frombuffer(said, "<i2") + noise).tobytes()
    raw = story(rnnoise(), [sound], None)
    cleaned = story(rnnoise(), pieces(sound, 4802))
    assert story(Halver(), [sound], None) == raw, "off is bit-exact"
    assert cleaned == story(rnnoise(), pieces(sound, 96_002)), "whatever the chunking"
    assert cleaned[0] == raw[0], "the same turns"
    for before, after in zip(raw[1], cleaned[1], strict=True):
        was, now = (np.frombuffer(audio, "<i2").astype(float)[:-600] for audio in (before, after))
        likeness = [float(np.dot(was[40:-40], now[40 + shift : len(now) - 40 + shift])) for shift in range(-40, 41)]
        assert int(np.argmax(likeness)) == 40, "not a sample late"
        assert not np.array_equal(was, now)


def test_a_commit_waits_until_its_audio_is_cleaned() -> None:
    async def scene() -> None:
        halver = Halver(at_once=False)
        room = Room(halver)
        room.listening.reduce_noise(NEAR)
        room.listening.start_transcript(c.StartTranscript(ITEM, Tick(0), None))
        room.hear(tone_24k(300))
        end = room.at
        room.listening.finish_transcript(c.FinishTranscript(ITEM, Tick(end)))
        room.listening.forget(Tick(end))
        room.hear(tone_24k(300))
        assert room.stt.utterances[0].heard_ms == 0
        assert not room.listening.is_caught_up
        halver.work()
        await room.notes.until(Transcribed)
        assert len(room.stt.utterances[0].pcm) == 300 * 32, "all of it, and nothing of what follows"
        await room.leave()

    run(scene())


def test_audio_is_kept_until_it_is_cleaned() -> None:
    """The session lets go of what was judged, and judging may be ahead of cleaning by part of a frame."""

    async def scene() -> None:
        room = Room(Halver())
        room.listening.reduce_noise(NEAR)
        for _ in range(20):
            room.hear(tone_24k(25))
            room.listening.forget(Tick(room.at))
            await room.listening.caught_up()
        room.listening.start_transcript(c.StartTranscript(ITEM, Tick(room.at), None))
        start = room.at
        room.hear(tone_24k(300))
        room.listening.finish_transcript(c.FinishTranscript(ITEM, Tick(room.at)))
        await room.notes.until(Transcribed)
        assert len(room.stt.utterances[0].pcm) == 2 * (room.at - start) // 3
        await room.leave()

    run(scene())


def test_a_front_end_that_hangs_holds_no_transcript_up_for_ever() -> None:
    async def scene() -> None:
        room = Room(Halver(at_once=False), StageLimits(detector_s=0.01, catch_up_s=0.01))
        room.listening.reduce_noise(NEAR)
        room.listening.start_transcript(c.StartTranscript(ITEM, Tick(0), None))
        room.hear(tone_24k(300))
        room.listening.finish_transcript(c.FinishTranscript(ITEM, Tick(room.at)))
        await room.notes.until(Transcribed)
        assert len(room.stt.utterances[0].pcm) == 300 * 32
        assert room.listening.is_caught_up
        await room.leave()

    run(scene())


def test_a_client_event_waits_for_a_front_end_that_hangs_but_not_for_ever() -> None:
    async def scene() -> None:
        room = Room(Halver(at_once=False), StageLimits(catch_up_s=0.01))
        room.listening.reduce_noise(NEAR)
        room.hear(tone_24k(300))
        assert not room.listening.is_caught_up
        await room.listening.caught_up()
        assert room.listening.is_caught_up
        await room.leave()

    run(scene())
