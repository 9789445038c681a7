"""Silence that is held back: only silence, never much, and never a byte of it lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio.codec import StreamEncoder
from ovos_voice_agent.audio.format import AudioFormat, Encoding
from ovos_voice_agent.engines.interface import Silence
from ovos_voice_agent.runtime.quiet import HOLD_MS, LONGEST_MS, Hold, power_of
from tests.runtime.scenes import PCM_24K, tone_24k

ROOM = Silence(-60.0, -50.0)


def noise(level_dbfs: float, ms: int = 40, offset: int = 0) -> bytes:
    samples = np.random.default_rng(1).standard_normal(ms * 24)
    samples *= 32768 * 10 ** (level_dbfs / 20) / np.sqrt(np.mean(np.square(samples)))
    return (samples + offset).astype("<i2").tobytes()


SOUNDS = [noise(-55), noise(-52, 20), noise(-55, 99), noise(-30), noise(-70), bytes(1920), bytes(3), b""]


@given(st.lists(st.sampled_from(SOUNDS), max_size=60))
def test_what_goes_in_comes_out(stream: list[bytes]) -> None:
    hold, out = Hold(), list[bytes]()
    hold.begin(ROOM, PCM_24K)
    for frame in stream:
        if hold.add(frame):
            continue
        if hold.some:
            out.append(hold.release().audio)
        out.append(frame)
    if hold.some:
        out.append(hold.release().audio)
    assert b"".join(out) == b"".join(stream)
    assert not hold.some


@pytest.mark.parametrize(
    ("frame", "held"),
    [
        (noise(-55), True),
        (noise(-55, offset=3_000), True),
        (noise(-49), False),
        (noise(-61), False),
        (bytes(1920), False),
        (tone_24k(40), False),
        (noise(-55)[:-1], False),
        (noise(-55, 120), False),
        (b"", False),
    ],
)
def test_only_short_frames_of_silence_are_held(frame: bytes, held: bool) -> None:
    hold = Hold()
    hold.begin(ROOM, PCM_24K)
    assert hold.add(frame) == held == hold.some


def test_digital_silence_is_silence_where_anything_soft_is() -> None:
    hold = Hold()
    hold.begin(Silence(-math.inf, -70.0), PCM_24K)
    assert hold.add(bytes(1920))
    assert hold.add(noise(-75))
    assert not hold.add(noise(-65))


def test_twenty_frames_of_40_ms_are_one_and_their_level_is_told() -> None:
    hold = Hold()
    hold.begin(ROOM, PCM_24K)
    assert [hold.add(noise(-55)) for _ in range(21)] == [True] * 20 + [False]
    quiet = hold.release()
    assert len(quiet.audio) == PCM_24K.bytes_in_ms(HOLD_MS) == 20 * 1920
    assert quiet.level_dbfs == pytest.approx(-55, abs=0.1)
    assert hold.add(noise(-55, LONGEST_MS))


@pytest.mark.parametrize("encoding", ["pcmu", "pcma"])
def test_telephones_are_quiet_too(encoding: Encoding) -> None:
    wire = AudioFormat(encoding, 8_000)
    encode = StreamEncoder(wire).encode
    quiet, loud = (encode(np.sin(np.arange(160) / 3).astype(np.float32) * level) for level in (0.002, 0.2))
    hold = Hold()
    hold.begin(ROOM, wire)
    assert [hold.add(quiet) for _ in range(41)] == [True] * 40 + [False]
    assert not hold.add(loud)
    assert hold.release().level_dbfs == pytest.approx(-57, abs=1)


def test_the_level_leaves_a_constant_out() -> None:
    assert power_of(np.full(100, 500, "<i2").tobytes()) == pytest.approx(0, abs=0.1)
    assert power_of(np.tile([400, 600], 50).astype("<i2").tobytes()) == pytest.approx(100**2, rel=1e-3)
