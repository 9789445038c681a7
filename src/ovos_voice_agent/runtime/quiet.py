"""Sound that is surely silence, and that nobody waits for: many frames of it are handled as one, and never resampled.

Rules:

- Only while the session rests (`Listening.silence`): the detector has said between which levels sound is silence.
- Whatever else happens is handled after what is held, so order and positions are those of the stream. A frame that is
  no silence is handled at once, behind what is held.
- At most `HOLD_MS` are held. Of a quiet room, nineteen frames of 40 ms in twenty then cost the session nothing but a
  look at their level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from ovos_voice_agent.audio import g711, pcm
from ovos_voice_agent.audio.format import AudioFormat

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import Encoding
    from ovos_voice_agent.engines.interface import Silence

HOLD_MS = 800
LONGEST_MS = 100
"""Of one frame: the level of a longer one would hide a beginning in it."""

_FULL_POWER = 32768.0**2
_SMALLEST_POWER = 1e-12 * _FULL_POWER
"""As quiet as a level is told: -120 dBFS."""


@final
@dataclass(frozen=True, slots=True)
class Quiet:
    """Silence of one session as it came, and its level."""

    audio: bytes
    level_dbfs: float


def power_of(audio: bytes, encoding: Encoding = "pcm16") -> float:
    """The mean square of whole samples, in steps of int16. A constant is no sound: many microphones have one."""
    ints = pcm.int16_of_bytes(audio) if encoding == "pcm16" else g711.decode(encoding, audio)
    samples = ints.astype(np.float32)
    mean = float(samples.sum()) / len(samples)
    return max(0.0, float(samples.dot(samples)) / len(samples) - mean * mean)


class Hold:
    """What is held of one session's audio."""

    __slots__ = (
        "_bytes",
        "_format",
        "_frames",
        "_highest",
        "_last",
        "_last_power",
        "_longest_bytes",
        "_lowest",
        "_most_bytes",
        "_powers",
    )

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._bytes = 0
        self._powers = 0.0
        self._lowest = self._highest = 0.0
        self._format = AudioFormat()
        self._most_bytes = self._longest_bytes = 0
        self._last = b""
        self._last_power = 0.0

    @property
    def some(self) -> bool:
        """Whether something is held."""
        return self._bytes > 0

    def begin(self, silence: Silence, format: AudioFormat) -> None:
        """From now on this is silence, and audio comes so. Nothing is held."""
        if format != self._format or not self._most_bytes:
            self._format, self._last = format, b""
            self._most_bytes, self._longest_bytes = format.bytes_in_ms(HOLD_MS), format.bytes_in_ms(LONGEST_MS)
        self._lowest = _FULL_POWER * 10 ** (silence.lowest_dbfs / 10)
        self._highest = _FULL_POWER * 10 ** (silence.highest_dbfs / 10)

    def add(self, audio: bytes) -> bool:
        """Hold a frame of whole samples back; False, and nothing is done, when it is no silence or too much."""
        size = len(audio)
        if self._bytes + size > self._most_bytes or not 0 < size <= self._longest_bytes or size & 1:
            return False
        if audio is not self._last:  # of the frames of a muted microphone the connection makes one
            self._last, self._last_power = audio, power_of(audio, self._format.encoding)
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
