"""How loud it is where the person is when nobody speaks, and what that means for a detector (pure).

Rules:

- The floor falls at once when it becomes quieter, and rises slowly when it becomes louder: speech is louder than the
  room, but never for long without gaps.
- Levels are of windows, in dBFS (0 is a full-scale square wave).
"""

from __future__ import annotations

QUIETEST_DBFS = -90.0
"""Below it is no room: a muted microphone."""
FIRST_DBFS = -60.0
"""What the floor is at most at the beginning: who begins with speech has said nothing about the room."""
FALL = 0.3
"""Share of the way down that one quieter window moves the floor: a single dropped frame does not decide."""
RISE_DB = 0.15
"""What a louder window may raise the floor: 5 dB a second, and the gaps of speech take it down again."""

QUIET_ROOM_DBFS, LOUD_ROOM_DBFS = -60.0, -45.0
THRESHOLD, LOUD_THRESHOLD = 0.5, 0.7
"""Recorded noise reaches 0.55 and more in some windows; at 0.7 no speech was missed down to 0 dB, and it was noticed 4
to 26 ms later (median)."""


class NoiseFloor:
    """The floor of one stream. `dbfs` is None before the first window."""

    __slots__ = ("dbfs",)

    def __init__(self) -> None:
        self.dbfs: float | None = None

    def hear(self, level_dbfs: float) -> None:
        """One more window."""
        level_dbfs = max(level_dbfs, QUIETEST_DBFS)
        if self.dbfs is None:
            self.dbfs = min(level_dbfs, FIRST_DBFS)
        elif level_dbfs > self.dbfs:
            self.dbfs = min(self.dbfs + RISE_DB, level_dbfs)
        else:
            self.dbfs += FALL * (level_dbfs - self.dbfs)

    @property
    def threshold(self) -> float:
        """The probability that counts as speech here: more in a loud room."""
        if self.dbfs is None:
            return THRESHOLD
        loudness = (self.dbfs - QUIET_ROOM_DBFS) / (LOUD_ROOM_DBFS - QUIET_ROOM_DBFS)
        return THRESHOLD + (LOUD_THRESHOLD - THRESHOLD) * min(max(loudness, 0.0), 1.0)
