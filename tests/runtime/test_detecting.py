"""Edges of speech from windows of audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.commands import Detect
from ovos_voice_agent.core.engine_events import (
    Heard,
    SpeechLasted,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
)
from ovos_voice_agent.engines.interface import FloatSamples
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.protocol.settings import SemanticVad, ServerVad, TurnDetection
from ovos_voice_agent.runtime.detecting import Detecting
from ovos_voice_agent.runtime.intake import Intake
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad, EnergyVadStream
from tests.runtime.scenes import PCM_24K, Notes, run, silence_24k, tone_24k


class Ear:
    """A detector with its intake, on a quiet and a loud stretch of audio."""

    def __init__(self, vad: EnergyVad, words: str = "") -> None:
        self.vad = vad
        self.words = words
        self.notes = Notes()
        self.failures = 0
        self.deliveries = asyncio.Event()
        self.intake = Intake()
        self.at = 0
        self.detecting = Detecting(
            vad, self.notes.take, lambda: (self.words, None), self.deliveries.set, lambda: self._fail()
        )

    def _fail(self) -> None:
        self.failures += 1

    def detect(self, settings: TurnDetection | None, number: int = 0, *, fresh: bool = False) -> None:
        self.detecting.configure(Detect(number, settings, Tick(self.at), fresh))

    async def hear(self, audio: bytes) -> None:
        """Audio, and all reports that follow from it."""
        self.intake.push(audio, PCM_24K, Tick(self.at))
        self.at += len(audio)
        self.detecting.listen(self.intake)
        while self.detecting.waiting_samples:
            self.deliveries.clear()
            await self.deliveries.wait()


UTTERANCE = silence_24k(640) + tone_24k(960) + silence_24k(1000)


def test_positions_are_those_of_the_stream() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad())
        ear.detect(ServerVad(), fresh=True)
        await ear.hear(UTTERANCE)
        ear.detecting.close()
        return ear

    ear = run(scene())
    [started], [stopped] = ear.notes.of(SpeechStarted), ear.notes.of(SpeechStopped)
    assert (started.detection, started.onset) == (0, 640 * 48)
    assert (stopped.last_speech, stopped.end) == (1600 * 48, (1600 + 512) * 48)
    assert stopped.decision == {"by": "silence", "wanted_ms": 500, "silence_ms": 512, "threshold": 0.5}
    assert [heard.until // 48 for heard in ear.notes.of(Heard)] == [1024, 2048]
    assert ear.vad.open_streams == 0


def test_what_passes_by_is_told_and_its_end_is_heard_before_what_follows() -> None:
    async def scene() -> tuple[Ear, EnergyVadStream]:
        ear = Ear(EnergyVad(gated=True))
        ear.detect(ServerVad(), fresh=True)
        assert ear.detecting.silence is not None
        for _ in range(5):
            ear.intake.push(silence_24k(640), PCM_24K, Tick(ear.at))
            ear.at += len(silence_24k(640))
            ear.detecting.pass_over(ear.intake, -90.0)
        assert (ear.vad.windows, ear.detecting.waiting_samples) == (0, 0)
        await ear.hear(tone_24k(640))
        assert ear.detecting.silence is None
        await ear.hear(silence_24k(640))
        assert ear.detecting.silence is not None
        ear.detecting.close()
        assert ear.detecting.silence is None
        return ear, ear.vad.streams[0]

    ear, stream = run(scene())
    assert ear.vad.windows == 8 + 20 + 20, "a quarter of a second of what passed by, then all the rest"
    assert sum(count for count, _ in stream.passed_over) == 99  # the resampler holds a millisecond
    assert [heard.until // 48 for heard in ear.notes.of(Heard)] == [1248, 2528, 3552]
    [started] = ear.notes.of(SpeechStarted)
    assert abs(started.onset - 3200 * 48) <= 32 * 48


def test_pauses_and_the_length_of_speech_are_told_on_the_way() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad())
        ear.detect(ServerVad(), 3, fresh=True)
        await ear.hear(tone_24k(640) + silence_24k(320) + tone_24k(320) + silence_24k(640))
        ear.detecting.close()
        return ear

    told = [note for note in run(scene()).notes if not isinstance(note, Heard | SpeechStopped)]
    assert told == [
        SpeechStarted(3, Tick(0)),
        SpeechPaused(3, Tick(640 * 48), Tick(800 * 48)),
        SpeechResumed(3, Tick(960 * 48)),
        SpeechLasted(3, Tick(1120 * 48), Tick(800 * 48)),
        SpeechPaused(3, Tick(1280 * 48), Tick(1440 * 48)),
    ]


def test_without_detection_nothing_is_judged() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad())
        ear.detect(None, fresh=True)
        await ear.hear(UTTERANCE)
        assert ear.vad.windows == 0
        assert ear.vad.open_streams == 0
        ear.detect(ServerVad(), 1)
        await ear.hear(UTTERANCE)
        ear.detecting.close()
        return ear

    ear = run(scene())
    assert ear.notes.of(SpeechStarted)[0] == SpeechStarted(1, Tick((2600 + 640) * 48)), "windows begin where it began"


def test_a_new_detection_drops_what_the_old_one_still_had() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad())
        ear.detect(ServerVad(), fresh=True)
        ear.intake.push(tone_24k(500), PCM_24K, Tick(0))
        ear.at = len(tone_24k(500))
        ear.detecting.listen(ear.intake)
        ear.detect(ServerVad(), 1)
        assert ear.detecting.waiting_samples == 0
        await ear.hear(tone_24k(500))
        ear.detecting.close()
        return ear

    assert run(scene()).notes.of(SpeechStarted) == [SpeechStarted(1, Tick(500 * 48))]


def test_settings_change_without_a_new_start() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad())
        ear.detect(ServerVad(), fresh=True)
        await ear.hear(tone_24k(640))
        ear.detect(ServerVad(silence_duration_ms=200))
        await ear.hear(silence_24k(640))
        ear.detecting.close()
        return ear

    [stopped] = run(scene()).notes.of(SpeechStopped)
    assert stopped.end - stopped.last_speech == 224 * 48


@pytest.mark.parametrize(
    ("words", "eagerness", "by", "shortest_ms", "longest_ms"),
    [
        ("what time is it", "auto", "evidence", 192, 192),
        ("go to the kitchen", "auto", "evidence", 300, 600),
        ("go to the", "high", "longest", 2000, 2000),
        ("", "low", "evidence", 900, 2000),
    ],
)
def test_semantic_detection_waits_by_what_is_known(
    words: str, eagerness: str, by: str, shortest_ms: int, longest_ms: int
) -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad(), words)
        ear.detect(SemanticVad(eagerness=eagerness), fresh=True)
        await ear.hear(tone_24k(640) + silence_24k(2200))
        ear.detecting.close()
        return ear

    [stopped] = run(scene()).notes.of(SpeechStopped)
    decision = stopped.decision
    assert decision["by"] == by
    assert shortest_ms <= decision["wanted_ms"] <= longest_ms
    assert decision["words"] == len(words.split())
    assert decision["wanted_ms"] <= decision["silence_ms"] < decision["wanted_ms"] + 32
    assert words not in map(str, decision.values()) or not words


def test_words_that_come_in_the_pause_shorten_it() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad(), "go to the")
        ear.detect(SemanticVad(), fresh=True)
        await ear.hear(tone_24k(640) + silence_24k(800))
        assert ear.notes.of(SpeechStopped) == []
        ear.words = "Go to the kitchen."
        await ear.hear(silence_24k(64))
        ear.detecting.close()
        return ear

    [stopped] = run(scene()).notes.of(SpeechStopped)
    assert stopped.decision["look"] == "finished"


def test_a_loud_room_asks_for_surer_speech_and_only_where_the_client_has_no_say() -> None:
    async def scene(settings: TurnDetection) -> float:
        ear = Ear(EnergyVad(level=0.5))
        ear.detect(settings, fresh=True)
        await ear.hear(tone_24k(30_000))  # constant: it is the room
        ear.detecting.close()
        return ear.detecting.threshold

    assert run(scene(SemanticVad())) > 0.6
    assert run(scene(ServerVad(threshold=0.4))) == 0.4


def test_a_detector_that_hangs_is_started_anew() -> None:
    async def scene() -> Ear:
        ear = Ear(EnergyVad(latency_s=FOREVER))
        ear.detect(ServerVad(), fresh=True)
        ear.intake.push(tone_24k(500), PCM_24K, Tick(0))
        ear.at = len(tone_24k(500))
        ear.detecting.listen(ear.intake)
        assert ear.detecting.waiting_samples > 0
        ear.detecting.give_up()
        assert ear.detecting.waiting_samples == 0
        ear.vad.latency_s = 0
        await ear.hear(tone_24k(500))
        ear.detecting.close()
        return ear

    ear = run(scene())
    assert ear.notes.of(SpeechStarted) == [SpeechStarted(0, Tick(480 * 48))]
    assert ear.vad.open_streams == 0


class Broken(EnergyVad):
    """Opens, or not; then every window is too much for it."""

    def __init__(self, *, opens: bool) -> None:
        super().__init__()
        self.opens = opens

    def open(self) -> EnergyVadStream:
        if not self.opens:
            raise EngineError("no")
        self.open_streams += 1
        return BrokenStream(self)


class BrokenStream(EnergyVadStream):
    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        raise ValueError("broken")


@pytest.mark.parametrize("opens", [True, False])
def test_a_broken_detector_hears_silence(opens: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> Ear:
        ear = Ear(Broken(opens=opens))
        ear.detect(ServerVad(), fresh=True)
        await ear.hear(UTTERANCE)
        ear.detecting.close()
        return ear

    ear = run(scene())
    assert {type(note) for note in ear.notes} == {Heard}
    assert ear.failures == 1
    assert caplog.records


class Hasty(EnergyVad):
    """Delivers inside of `submit`, which it should not."""

    def open(self) -> EnergyVadStream:
        return HastyStream(self)


class HastyStream(EnergyVadStream):
    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        deliver([1.0] * len(windows))


def test_edges_are_never_reported_inside_of_submit() -> None:
    async def scene() -> Ear:
        ear = Ear(Hasty())
        ear.detect(ServerVad(), fresh=True)
        ear.intake.push(tone_24k(100), PCM_24K, Tick(0))
        ear.detecting.listen(ear.intake)
        assert ear.notes == []
        await asyncio.sleep(0)
        return ear

    assert len(run(scene()).notes.of(SpeechStarted)) == 1
