"""Sound that is surely silence, and that nobody waits for: many frames of it are handled as one, and never resampled.

Rules:

- Only while the session rests (`Listening.silence`): the detector has said between which levels sound is silence.
- Whatever else happens is handled after what is held, so order and positions are those of the stream. A frame that is
  no silence is handled at once, behind what is held.
- At most `HOLD_BYTES` are held: four fifths of a second at 24 kHz. Of a quiet room, nineteen frames in twenty then cost
  the session nothing but a look at their level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import Silence

HOLD_BYTES = 38_400
LONGEST_BYTES = 4_800
"""Of one frame, 100 ms at 24 kHz: the level of a longer one would hide a beginning in it."""

_FULL_POWER = 32768.0**2
_SMALLEST_POWER = 1e-12 * _FULL_POWER
"""As quiet as a level is told: -120 dBFS."""


@final
@dataclass(frozen=True, slots=True)
class Quiet:
    """Silence of one session, in mono int16, and its level."""

    audio: bytes
    level_dbfs: float


def power_of(audio: bytes) -> float:
    """The mean square of int16 samples. A constant is no sound: many microphones have one."""
    samples = np.frombuffer(audio, "<i2").astype(np.float32)
    mean = float(samples.sum()) / len(samples)
    return max(0.0, float(samples.dot(samples)) / len(samples) - mean * mean)


class Hold:
    """What is held of one session's audio."""

    __slots__ = ("_bytes", "_frames", "_highest", "_last", "_last_power", "_lowest", "_powers")

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._bytes = 0
        self._powers = 0.0
        self._lowest = self._highest = 0.0
        self._last = b""
        self._last_power = 0.0

    @property
    def some(self) -> bool:
        """Whether something is held."""
        return self._bytes > 0

    def begin(self, silence: Silence) -> None:
        """From now on this is silence."""
        self._lowest = _FULL_POWER * 10 ** (silence.lowest_dbfs / 10)
        self._highest = _FULL_POWER * 10 ** (silence.highest_dbfs / 10)

    def add(self, audio: bytes) -> bool:
        """Hold a frame of whole int16 samples back; False, and nothing is done, when it is no silence or too much."""
        size = len(audio)
        if self._bytes + size > HOLD_BYTES or not 0 < size <= LONGEST_BYTES or size & 1:
            return False
        if audio is not self._last:  # of the frames of a muted microphone the connection makes one
            self._last, self._last_power = audio, power_of(audio)
        if not self._lowest <= self._last_power <= self._highest:
            return False
        self._frames.append(audio)
        self._bytes += size
        self._powers += self._last_power * size
        return True

    def release(self) -> Quiet:
        """All that is held. Nothing is held afterwards."""
        power = max(self._powers / self._bytes, _SMALLEST_POWER)
        quiet = Quiet(b"".join(self._frames), 10 * math.log10(power / _FULL_POWER))
        self._frames.clear()
        self._bytes, self._powers = 0, 0.0
        return quiet
