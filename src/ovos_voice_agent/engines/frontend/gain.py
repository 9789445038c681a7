"""Automatic gain: quiet speech becomes as loud as recognisers like it; what is loud enough stays as it is.

Rules:

- The level is measured in speech alone, so a pause or a noise is not pulled up.
- The gain is a function of the frames so far, never of how they were cut; within a frame it changes evenly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import FloatSamples

TARGET_DBFS = -24.0
"""RMS of speech after the gain, as of a near microphone that is well adjusted."""
RISE_DB = 0.1
FALL_DB = 0.5
"""Per frame of 10 ms: a voice is brought up within two seconds, and down before it has hurt."""
MEMORY = 0.98
"""Of the level, per frame of speech: half a second."""
PEAK = 0.95
SPEECH = 0.5
"""From this probability on a frame is speech."""
_LEAST_POWER = 1e-12


class Gain:
    """The gain of one stream, between 0 dB and `most_db`."""

    def __init__(self, most_db: float) -> None:
        self._most_db = most_db
        self._power: float | None = None
        self._gain_db = 0.0
        self._last = 1.0

    @property
    def gain_db(self) -> float:
        return self._gain_db

    def apply(self, frame: FloatSamples, probability: float) -> FloatSamples:
        """One frame of 10 ms, louder where it is wanted; `probability` of it being speech."""
        if self._most_db <= 0:
            return frame
        if probability >= SPEECH:
            self._measure(float(np.dot(frame, frame)) / len(frame))
        return self._amplify(frame)

    def _measure(self, power: float) -> None:
        power = max(power, _LEAST_POWER)
        self._power = power if self._power is None else MEMORY * self._power + (1 - MEMORY) * power
        wanted_db = min(max(TARGET_DBFS - 10 * float(np.log10(self._power)), 0.0), self._most_db)
        self._gain_db += min(max(wanted_db - self._gain_db, -FALL_DB), RISE_DB)

    def _amplify(self, frame: FloatSamples) -> FloatSamples:
        gain = 10 ** (self._gain_db / 20)
        peak = float(np.abs(frame).max()) * gain
        if peak > PEAK:
            gain = max(1.0, gain * PEAK / peak)
        last, self._last = self._last, gain
        if last == gain == 1.0:
            return frame
        ramp = np.linspace(last, gain, len(frame), dtype=np.float32)
        louder: FloatSamples = np.clip(frame * ramp, -1.0, 1.0)
        return louder
