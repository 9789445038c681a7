"""What was sent to be played, as levels on the clock of what is heard.

Rules:

- A client plays one piece behind the other; the first begins when it was sent. How much later it is heard, nobody knows
  here (see `echo.py`).
- Levels fade as in a room of 0.6 s, so that they are like those that a microphone hears.
- Memory is bounded: speech that is heard is let go, and of a very long queue the end is not taken in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.audio.bands import BANDS, FLOOR_DB, HOP_SAMPLES, RATE_HZ, Levels, band_powers, decibels

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

SMEAR = 0.7
"""Of a frame's energy left in the next one."""
FADE_DB = 10 * float(np.log10(SMEAR))
LONGEST_PAUSE_FRAMES = 125
"""Two seconds: after that no room sounds any more, and what follows begins anew."""
LONGEST_FRAMES = 120 * RATE_HZ // HOP_SAMPLES
"""Two minutes of speech that wait to be played."""
AUDIBLE_DB = -60.0


class Played:
    """A queue of speech, frame by frame. Frame k begins at sample k * HOP_SAMPLES of what is heard."""

    def __init__(self) -> None:
        self.first_frame = 0
        """Before it nothing was played, or what was is let go."""
        self._levels: Levels = np.zeros((0, BANDS), np.float32)
        self._waiting: FloatSamples = np.zeros(0, np.float32)
        self._energy = np.zeros(BANDS, np.float32)
        self._sum = np.zeros(BANDS)
        self._count = 0

    @property
    def any(self) -> bool:
        """Whether anything is known."""
        return len(self._levels) > 0

    @property
    def end_frame(self) -> int:
        """One past the last frame."""
        return self.first_frame + len(self._levels)

    @property
    def mean(self) -> Levels:
        """Of each band, in decibels, over all that was audible so far."""
        mean: Levels = (self._sum / max(1, self._count)).astype(np.float32)
        return mean

    def add(self, samples: FloatSamples, now_sample: int) -> bool:
        """More is played, at 16 kHz: behind what still plays, or now. Returns whether it begins now."""
        pause_frames = -(-now_sample // HOP_SAMPLES) - self.end_frame
        if pause_frames > LONGEST_PAUSE_FRAMES or not len(self._levels):
            self._begin(self.end_frame + pause_frames)
        elif pause_frames > 0:
            self._push(np.zeros(pause_frames * HOP_SAMPLES, np.float32))
        if len(self._levels) < LONGEST_FRAMES:
            self._push(samples)
        return pause_frames > 0

    def cut(self, now_sample: int) -> None:
        """What was to be played from now on is not."""
        keep = max(0, now_sample // HOP_SAMPLES - self.first_frame)
        if keep < len(self._levels):
            self._levels = self._levels[:keep].copy()
            self._waiting = self._waiting[:0]
            self._energy[:] = 0

    def forget(self, before_frame: int) -> None:
        """Let go of what is old; not at each call, for that would cost more than it frees."""
        count = before_frame - self.first_frame
        if count > LONGEST_PAUSE_FRAMES:
            self._levels = self._levels[count:].copy()
            self.first_frame = before_frame

    def levels(self, begin_frame: int, end_frame: int) -> Levels:
        """Decibels from one frame up to another. What follows the end fades; what is not known is silence."""
        found = np.full((end_frame - begin_frame, BANDS), FLOOR_DB, np.float32)
        first, last = max(begin_frame, self.first_frame), min(end_frame, self.end_frame)
        if first < last:
            found[first - begin_frame : last - begin_frame] = self._levels[
                first - self.first_frame : last - self.first_frame
            ]
        after = max(self.end_frame, begin_frame)
        if after < end_frame and len(self._levels):
            frames_later = np.arange(after, end_frame, dtype=np.float32)[:, None] - (self.end_frame - 1)
            found[after - begin_frame :] = np.maximum(self._levels[-1] + frames_later * FADE_DB, FLOOR_DB)
        return found

    def _begin(self, frame: int) -> None:
        self.first_frame = frame
        self._levels = self._levels[:0]
        self._waiting = self._waiting[:0]
        self._energy[:] = 0

    def _push(self, samples: FloatSamples) -> None:
        self._waiting = np.concatenate((self._waiting, samples))
        powers = band_powers(self._waiting)
        self._waiting = self._waiting[len(powers) * HOP_SAMPLES :].copy()
        for row in powers:
            self._energy *= SMEAR
            self._energy += row
            row[:] = self._energy
        levels = decibels(powers)
        audible = levels[levels.max(axis=1) > AUDIBLE_DB] if len(levels) else levels
        self._sum += audible.sum(axis=0)
        self._count += len(audible)
        self._levels = np.concatenate((self._levels, levels))
