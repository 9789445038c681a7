"""Positions in audio: ticks of 1/48000 s since the connection's first sample, never reset (protocol.md 7.3).

Every sample of every rate we take (8, 16, 24, 48 kHz) begins on a whole tick, so positions are exact whatever the
format.
"""

from __future__ import annotations

from typing import NewType

Tick = NewType("Tick", int)

TICKS_PER_SECOND = 48_000
TICKS_PER_MS = 48


def from_samples(samples: int, rate_hz: int) -> Tick:
    """The length of `samples` at `rate_hz`."""
    return Tick(samples * (TICKS_PER_SECOND // rate_hz))


def to_samples(ticks: int, rate_hz: int) -> int:
    """Whole samples at `rate_hz` in `ticks`, rounded down."""
    return ticks // (TICKS_PER_SECOND // rate_hz)


def from_ms(ms: float) -> Tick:
    return Tick(int(ms * TICKS_PER_MS))


def to_ms(ticks: int) -> int:
    """Whole milliseconds, rounded down."""
    return ticks // TICKS_PER_MS
