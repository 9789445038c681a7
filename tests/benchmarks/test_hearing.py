"""Hearing: the clips that are made, and the verdicts on what was heard."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.benchmarks.hearing import (
    BURSTS,
    DETECTORS,
    PAUSE_MS,
    Clip,
    Heard,
    bursts,
    in_noise,
    judge,
    listen,
    noises,
    spoken,
    with_pause,
)
from ovos_voice_agent.benchmarks.report import Report
from ovos_voice_agent.benchmarks.speech import Utterance
from tests.benchmarks.serving import measured
from tests.recordings import recording


@pytest.fixture(scope="module")
def utterance() -> Utterance:
    return Utterance.read(recording("cards_001"))


def test_clips_are_longer_by_the_pause_and_louder_by_the_noise(utterance: Utterance) -> None:
    assert len(with_pause(utterance)) == len(utterance.pcm) + PAUSE_MS * 48
    added = float_of_bytes(in_noise(utterance)) - float_of_bytes(utterance.pcm)
    assert np.sqrt(np.mean(added**2)) > 1e-3
    assert [clip.end_ms for clip in spoken([utterance])][1] == utterance.end_ms + PAUSE_MS
    assert float(np.abs(float_of_bytes(bursts())).max()) > 0.1


def test_cut_offs_and_false_starts_are_counted() -> None:
    report = Report("")
    clips = [Clip("as recorded", b"", 1000.0), Clip("as recorded", b"", 1000.0), Clip("bursts", b"")]
    heard = [Heard([10], [1500]), Heard([10, 900], [800, 1600]), Heard([1, 2, 3])]
    judge(report, "server_vad", clips, heard)
    values = {measure.name: measure.samples for measure in report.measures}
    assert values["cut off, as recorded"] == (50.0,)
    assert values["end of sound to end of turn"] == (500.0, 600.0)
    assert values["taken for speech, bursts"] == (100.0 * 3 / BURSTS,)
    assert report.lost == 0
    judge(report, "server_vad", clips[:1], [Heard()])
    assert report.lost == 1


@pytest.mark.real
def test_a_person_is_heard(utterance: Utterance) -> None:
    async def test(url: str) -> None:
        clips = [Clip("as recorded", utterance.pcm, utterance.end_ms), noises()[2]]
        heard = (await listen(url, clips[:1], DETECTORS["server_vad"]))[0]
        assert heard.starts_ms[0] < utterance.end_ms < heard.stops_ms[-1]

    measured(test)
