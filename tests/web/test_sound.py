"""The page's sound, by numbers: conversion of rates, of bytes, and the ear for a first sound."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.recordings import samples_16k

pytestmark = pytest.mark.real

Module = Callable[..., Any]

RESAMPLED = """(m, {from, to, samples, piece}) => {
  const resampler = new m.Resampler(from, to);
  const out = [];
  for (let i = 0; i < samples.length; i += piece) {
    out.push(...resampler.push(Float32Array.from(samples.slice(i, i + piece))));
  }
  return [...out, ...resampler.flush()];
}"""


def resampled(
    module: Module, samples: npt.NDArray[Any], rate: int, to: int, piece: int = 128
) -> npt.NDArray[np.float64]:
    given = {"from": rate, "to": to, "samples": samples.tolist(), "piece": piece}
    return np.array(module("resampler.js", RESAMPLED, given))


def tone(hz: float, rate: int, seconds: float = 0.2) -> npt.NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize(
    ("rate", "to"), [(48_000, 24_000), (44_100, 24_000), (16_000, 24_000), (24_000, 48_000), (24_000, 44_100)]
)
def test_a_tone_keeps_its_place_and_level(module: Module, rate: int, to: int) -> None:
    out = resampled(module, tone(1000, rate), rate, to)
    wanted = tone(1000, to)
    assert abs(len(out) - len(wanted)) <= 2
    middle = slice(to // 50, len(wanted) - to // 50)
    assert np.max(np.abs(out[: len(wanted)][middle] - wanted[middle])) < 2e-3


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_what_would_fold_over_is_gone(module: Module, rate: int) -> None:
    out = resampled(module, tone(15_000, rate), rate, 24_000)
    assert 20 * np.log10(np.max(np.abs(out[1000:-1000])) / 0.5) < -70


def test_pieces_do_not_matter(module: Module) -> None:
    samples = tone(440, 44_100)
    one = resampled(module, samples, 44_100, 24_000, len(samples))
    assert np.array_equal(one, resampled(module, samples, 44_100, 24_000, 37))


def test_the_same_rate_is_left_alone(module: Module) -> None:
    samples = tone(440, 24_000)
    assert np.allclose(resampled(module, samples, 24_000, 24_000)[: len(samples)], samples, atol=1e-7)


def test_bytes_are_the_protocols(module: Module) -> None:
    words = np.array([0, 1, -1, 32767, -32768, 1234], dtype="<i2")
    text = base64.b64encode(words.tobytes()).decode()
    assert module("pcm.js", "(m, words) => m.toBase64(Int16Array.from(words))", words.tolist()) == text
    floats = module("pcm.js", "(m, text) => [...m.fromBase64(text)]", text)
    assert np.array_equal(np.array(floats) * 32768, words)
    assert module("pcm.js", "(m, x) => [...m.toInt16(Float32Array.from(x))]", [2.0, -2.0, 0.5]) == [
        32767,
        -32768,
        16384,
    ]
    assert module("pcm.js", "(m, text) => m.msOfBase64(text.length)", base64.b64encode(bytes(4800)).decode()) == 100


FRAMES = """(m, {frames, doubts, wanted}) => {
  const onset = new m.Onset();
  const heard = [];
  frames.forEach((rms, i) => {
    if (onset.push(rms) === wanted) heard.push(i);
    if (doubts.includes(i)) onset.doubt();
  });
  return heard;
}"""


def heard(module: Module, frames: npt.NDArray[Any], doubts: tuple[int, ...] = (), wanted: str = "sound") -> list[int]:
    return list(module("onset.js", FRAMES, {"frames": frames.tolist(), "doubts": list(doubts), "wanted": wanted}))


def frames_of(name: str) -> npt.NDArray[np.float64]:
    """Levels of 5 ms of a recording in a quiet room."""
    samples = samples_16k(name).astype(np.float64) / 32768
    samples = samples[: len(samples) // 80 * 80].reshape(-1, 80)
    return np.concatenate([np.full(100, 1e-3), np.sqrt(np.mean(np.square(samples), axis=1))])


@pytest.mark.parametrize(
    ("name", "begins_s"), [("goforward", 0.50), ("something", 0.46), ("cards_001", 0.18), ("cards_005", 0.21)]
)
def test_the_first_sound_of_a_person_is_heard_at_once(module: Module, name: str, begins_s: float) -> None:
    found = [(frame - 100) * 0.005 for frame in heard(module, frames_of(name))]
    assert any(-0.1 < at - begins_s < 0.1 for at in found), found


def test_a_key_that_clicks_is_not_a_voice(module: Module) -> None:
    room = np.full(400, 2e-3)
    room[[100, 101, 200, 201, 300]] = 0.3
    assert heard(module, room) == []


def test_a_steady_noise_is_a_room(module: Module) -> None:
    assert len(heard(module, np.full(2000, 0.02))) <= 1


def test_after_a_mistake_it_is_slower_to_believe(module: Module) -> None:
    room = np.full(300, 1e-3)
    room[100:110] = room[200:210] = 0.01
    assert heard(module, room) == [102, 202]
    assert heard(module, room, doubts=(120,)) == [102]


@pytest.mark.parametrize("name", ["goforward", "something", "cards_001", "cards_005"])
def test_a_voice_that_lasts_is_told_from_a_bump(module: Module, name: str) -> None:
    frames = frames_of(name)
    first, lasting = heard(module, frames), heard(module, frames, wanted="voice")
    assert any(0 < after - before <= 40 for before in first for after in lasting), (first, lasting)


def test_what_is_shorter_does_not_last(module: Module) -> None:
    room = np.full(600, 1e-3)
    room[100:110] = room[200:212] = 0.3
    assert heard(module, room, wanted="voice") == []
    room[300:330] = 0.3
    assert heard(module, room, wanted="voice") == [314]
    room[303:306] = 1e-3  # a stop consonant
    assert heard(module, room, wanted="voice") == [320]


def test_a_doubted_voice_has_to_begin_anew(module: Module) -> None:
    room = np.full(400, 1e-3)
    room[100:300] = 0.01
    assert heard(module, room, wanted="voice") == [114]
    assert heard(module, room, doubts=(200,), wanted="voice") == [114]


def test_a_voice_that_goes_on_is_told_again_unless_it_was_doubted(module: Module) -> None:
    room = np.full(400, 1e-3)
    room[100:200] = 0.3
    assert heard(module, room, wanted="still") == [134, 154, 174, 194]
    assert heard(module, room, doubts=(120,), wanted="voice") == [114, 135]
    assert heard(module, room, doubts=(120,), wanted="still") == []


PLAYED = """async (_m, {heard, blocks}) => {
  globalThis.sampleRate = 48000;
  globalThis.currentTime = 0;
  globalThis.AudioWorkletProcessor = class { port = { postMessage: () => {} }; };
  const made = new Promise((resolve) => (globalThis.registerProcessor = (name, made) => resolve(made)));
  await import("/player-worklet.js?" + Math.random());
  const player = new (await made)();
  const port = { postMessage: () => {} };
  player.receive({ type: "microphone", port });
  player.receive({ type: "audio", item: "i", samples: new Float32Array(10 * 48000).fill(0.5) });
  const levels = [];
  for (let block = 0; block < blocks; block += 1) {
    const ms = Math.round(1000 * currentTime);
    while (heard.length && heard[0][0] <= ms) port.onmessage({ data: heard.shift()[1] });
    const out = new Float32Array(480);
    player.process([], [[out]]);
    levels.push(out[479]);
    currentTime += 0.01;
  }
  return levels;
}"""


def silent_ms(module: Module, *words: tuple[int, str]) -> list[tuple[int, int]]:
    """From when to when the voice is silent, to 10 ms, while the microphone's thread says these words."""
    levels = module("pcm.js", PLAYED, {"heard": [list(word) for word in words], "blocks": 300})
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.array(levels) == 0, [False]]).astype(int)))
    return [(10 * int(start), 10 * int(end)) for start, end in edges.reshape(-1, 2)]


def test_a_held_voice_goes_on_when_nobody_confirms_a_person(module: Module) -> None:
    assert silent_ms(module, (500, "sound")) == []
    assert silent_ms(module, (500, "sound"), (560, "voice")) == [(560, 960)]


def test_it_is_held_as_long_as_the_person_is_still_heard_but_not_for_ever(module: Module) -> None:
    still = [(ms, "still") for ms in range(660, 3000, 100)]
    assert silent_ms(module, (500, "sound"), (560, "voice"), *still[:3]) == [(560, 1260)]
    assert silent_ms(module, (500, "sound"), (560, "voice"), *still)[0] == (560, 1860)
