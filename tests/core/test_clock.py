"""Positions are exact at every rate that we take."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core import clock


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 48_000])
def test_a_second_has_as_many_samples_as_its_rate(rate_hz: int) -> None:
    assert clock.from_samples(rate_hz, rate_hz) == clock.TICKS_PER_SECOND
    assert clock.to_samples(clock.TICKS_PER_SECOND, rate_hz) == rate_hz
    assert clock.to_samples(clock.from_samples(7, rate_hz) - 1, rate_hz) == 6


def test_milliseconds_are_rounded_down() -> None:
    assert clock.from_ms(1.5) == 72
    assert clock.to_ms(clock.from_ms(1460)) == 1460
    assert clock.to_ms(95) == 1
