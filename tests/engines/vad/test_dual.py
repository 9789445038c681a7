"""Two stages as sessions use them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.audio.edges import Onset, SpeechEdges
from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.interface import FloatSamples
from ovos_voice_agent.engines.vad import dual, silero
from ovos_voice_agent.engines.vad.silero import Silero
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.testing.contracts import check_vad
from tests.recordings import RECORDINGS, recording, samples_16k

WINDOW = 512
LEAD_S = 8


def in_noise(name: str, snr_db: float) -> FloatSamples:
    """Windows of a recording after eight seconds of a room, and the room all over it."""
    samples, _ = read_wav(recording(name))
    whole = np.concatenate((np.zeros(LEAD_S * 16_000, np.float32), samples))
    noise = np.random.default_rng(3).standard_normal(len(whole)).astype(np.float32)
    whole += noise * np.sqrt(np.mean(samples**2)) * np.float32(10 ** (-snr_db / 20))
    return whole[: len(whole) // WINDOW * WINDOW].reshape(-1, WINDOW)


async def heard(engine: Silero, clips: Sequence[FloatSamples]) -> list[list[float]]:
    """Window by window, all clips at once."""
    await engine.start()
    got: list[list[float]] = [[] for _ in clips]
    for clip, into in zip(clips, got, strict=True):
        stream, done = engine.open(), asyncio.get_running_loop().create_future()
        for at in range(0, len(clip), 2):
            stream.submit(clip[at : at + 2], into.extend)
        stream.submit(clip[:0], lambda _, done=done: done.set_result(None))
        await asyncio.wait_for(done, 60)
    await engine.close()
    return got


def onset_s(probabilities: list[float]) -> float:
    edges = SpeechEdges()
    found = (edges.update(p, index * WINDOW) for index, p in enumerate(probabilities))
    return next(edge.at_sample for edge in found if isinstance(edge, Onset)) / 16_000


@pytest.mark.parametrize("snr_db", [30.0, 10.0])
def test_no_onset_is_lost_in_noise_and_most_of_the_noise_never_reaches_the_model(snr_db: float) -> None:
    clips = [in_noise(name, snr_db) for name in ("goforward", "cards_001", "librivox_0890")]
    both = [asyncio.run(heard(create({}), clips)) for create in (silero.create, dual.create)]
    for name, alone, gated in zip(("goforward", "cards_001", "librivox_0890"), *both, strict=True):
        assert gated[: LEAD_S * 31].count(0.0) > 0.2 * LEAD_S * 31
        assert abs(onset_s(gated) - onset_s(alone)) <= 0.065
        assert onset_s(gated) - LEAD_S - RECORDINGS[name].speech_start_s < 0.35


def test_contract() -> None:
    check_vad(lambda: dual.create({}), samples_16k("goforward").tobytes())


@pytest.mark.parametrize(
    ("options", "key"), [({"margin_db": 50}, "margin_db"), ({"webrtc": "yes"}, "webrtc"), ({"webrtc_mode": 4}, "mode")]
)
def test_wrong_options_are_named(options: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        dual.create(options)


def test_webrtc_is_asked_for_only_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    assert dual.create({}).info.name == "dual"
    with pytest.raises(ConfigError, match=r"ovos-voice-agent\[webrtc\]"):
        dual.create({"webrtc": True})


@pytest.mark.real
@pytest.mark.extra
def test_with_webrtc_no_onset_is_lost_either() -> None:
    clips = [in_noise(name, 10.0) for name in ("goforward", "cards_001")]
    alone, gated = (asyncio.run(heard(dual.create({"webrtc": wanted}), clips)) for wanted in (False, True))
    for one, other in zip(alone, gated, strict=True):
        assert abs(onset_s(one) - onset_s(other)) <= 0.065
        assert other.count(0.0) > one.count(0.0)
