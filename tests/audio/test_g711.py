"""The tables against G.711 as the Recommendation tells it: decision values and output values, one by one."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

import numpy as np
import pytest

from ovos_voice_agent.audio import g711
from ovos_voice_agent.audio.g711 import Law

EVERY_INT16 = np.arange(-32768, 32768, dtype=np.int16)
EVERY_BYTE = bytes(range(256))


@cache
def mu_law_levels() -> tuple[list[int], list[int]]:
    """(decision values, output values) of 14-bit magnitudes: one small step, 15 of 2, then 16 each of 4, 8, ... 256."""
    steps = [1] + [2] * 15 + [2 << segment for segment in range(1, 8) for _ in range(16)]
    decisions = [sum(steps[:index]) for index in range(1, len(steps))]
    outputs = [0] + [low + (high - low) // 2 for low, high in zip(decisions, [*decisions[1:], 8159], strict=True)]
    return decisions, outputs


@cache
def a_law_levels() -> tuple[list[int], list[int]]:
    """(decision values, output values) of 12-bit magnitudes: 32 steps of 2, then 16 each of 4, 8, ... 128."""
    steps = [2] * 32 + [2 << segment for segment in range(1, 7) for _ in range(16)]
    decisions = [sum(steps[:index]) for index in range(1, len(steps))]
    outputs = [low + (high - low) // 2 for low, high in zip([0, *decisions], [*decisions, 4096], strict=True)]
    return decisions, outputs


def slow_encode(law: Law, sample: int) -> int:
    if law == "pcmu":
        value = sample >> 2
        code = bisect_right(mu_law_levels()[0], abs(value))
        return (code | (0x80 if value >= 0 else 0)) ^ 0x7F
    value = sample >> 3
    code = bisect_right(a_law_levels()[0], value if value >= 0 else -value - 1)
    return (code | (0x80 if value >= 0 else 0)) ^ 0x55


def slow_decode(law: Law, byte: int) -> int:
    if law == "pcmu":
        magnitude = mu_law_levels()[1][(byte ^ 0x7F) & 0x7F] << 2
        return magnitude if byte & 0x80 else -magnitude
    magnitude = a_law_levels()[1][(byte ^ 0x55) & 0x7F] << 3
    return magnitude if (byte ^ 0x55) & 0x80 else -magnitude


LAWS: tuple[Law, ...] = ("pcmu", "pcma")


@pytest.mark.parametrize("law", LAWS)
def test_every_byte_decodes_as_the_recommendation_says(law: Law) -> None:
    assert g711.decode(law, EVERY_BYTE).tolist() == [slow_decode(law, byte) for byte in range(256)]


@pytest.mark.parametrize("law", LAWS)
def test_every_sample_encodes_as_the_recommendation_says(law: Law) -> None:
    encoded = g711.encode(law, EVERY_INT16)
    step = 4 if law == "pcmu" else 8
    expected = [slow_encode(law, sample) for sample in range(-32768, 32768, step)]
    for offset in range(step):  # the lowest bits are cut off
        assert list(encoded[offset::step]) == expected


@pytest.mark.parametrize("law", LAWS)
def test_every_byte_survives_decoding_and_encoding(law: Law) -> None:
    again = g711.encode(law, g711.decode(law, EVERY_BYTE))
    # mu-law has two zeros; the negative one comes back as the positive one.
    assert again == (EVERY_BYTE.replace(b"\x7f", b"\xff") if law == "pcmu" else EVERY_BYTE)


def test_silence() -> None:
    silence = np.zeros(3, np.int16)
    assert (g711.encode("pcmu", silence), g711.encode("pcma", silence)) == (b"\xff" * 3, b"\xd5" * 3)
