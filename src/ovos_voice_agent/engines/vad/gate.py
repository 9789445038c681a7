"""The cheap first stage: what is surely silence never reaches the model.

Rules:

- A window is surely silent when nobody can be heard at its level; with a margin, also when it is hardly louder than the
  noise of the room, or when WebRTC's detector (if asked) hears no speech in any part of it.
- The model still judges the first silent windows of a pause, so that it notices the end of speech and its memory
  settles; only then is it skipped, its memory standing still, and the worker thread is not even woken.
- It wakes with the first window that is not surely silent, and first hears the last windows that were skipped: what was
  soft before the sound is in its memory, and with it the onset.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.audio.floor import QUIETEST_DBFS
from ovos_voice_agent.audio.pcm import bytes_of_float
from ovos_voice_agent.engines.interface import Silence

if TYPE_CHECKING:
    from ovos_voice_agent.audio.floor import NoiseFloor
    from ovos_voice_agent.engines.vad.silero_model import Floats, Webrtc

LONG_SETTLE_WINDOWS = 128
"""Four seconds. The network's memory drifts in silence for long: stopped after half a second, what follows is judged up
to 0.25 otherwise than without the gate (one false start in noise); after four, onsets agree to within one window or so.
"""

FALLEN_DB = 6.0
"""A room that much quieter than before is another one."""

_RATE_HZ = 16_000
_FRAME_BYTES = 2 * _RATE_HZ // 100
"""10 ms, the shortest that WebRTC's detector takes."""
_SMALLEST_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class Gate:
    """`silence_dbfs`: the RMS below which nobody can be heard (0 is a full-scale square wave). `margin_db`: how much
    louder than the noise of the room is still silence; None asks the level alone. `settle_windows`: how many silent
    windows the model judges before it is skipped; `replay_windows`: how many skipped ones it hears when it wakes."""

    silence_dbfs: float
    margin_db: float | None = None
    settle_windows: int = LONG_SETTLE_WINDOWS
    replay_windows: int = 0

    def silent(self, windows: Floats, floor: NoiseFloor, webrtc: Webrtc | None = None) -> list[bool]:
        """For windows of shape (n, samples): is nobody heard? `floor` hears them."""
        powers = np.einsum("ij,ij->i", windows, windows) / windows.shape[1]
        if self.margin_db is None:
            flags: list[bool] = (powers < 10 ** (self.silence_dbfs / 10)).tolist()
            return flags
        levels = [10 * math.log10(power + _SMALLEST_POWER) for power in powers.tolist()]
        return [self._silent(level, floor, window, webrtc) for level, window in zip(levels, windows, strict=True)]

    def silence(self, floor: NoiseFloor) -> Silence:
        """Between which levels whatever comes is surely silence. What is much softer than the noise of the room is
        not: `floor` must hear it, to fall with it."""
        if self.margin_db is None or floor.dbfs is None:
            return Silence(-math.inf, self.silence_dbfs)
        lowest = floor.dbfs - FALLEN_DB if floor.dbfs > QUIETEST_DBFS + FALLEN_DB else -math.inf
        return Silence(lowest, max(self.silence_dbfs, floor.dbfs + self.margin_db))

    def asleep(self, quiet_windows: int) -> bool:
        """Whether the model has heard enough of a silence that has lasted so long."""
        return quiet_windows >= self.settle_windows

    def _silent(self, level_dbfs: float, floor: NoiseFloor, window: Floats, webrtc: Webrtc | None) -> bool:
        assert self.margin_db is not None
        floor.hear(level_dbfs)
        assert floor.dbfs is not None
        if level_dbfs < max(self.silence_dbfs, floor.dbfs + self.margin_db):
            return True
        return webrtc is not None and not _speaks(webrtc, window)


def _speaks(webrtc: Webrtc, window: Floats) -> bool:
    pcm = bytes_of_float(window)
    starts = range(0, len(pcm) - _FRAME_BYTES + 1, _FRAME_BYTES)
    heard = [webrtc.is_speech(pcm[at : at + _FRAME_BYTES], _RATE_HZ) for at in starts]  # all of them: it has a memory
    return any(heard)


def judged(gate: Gate, quiet_windows: int, skipped: int, silent: list[bool]) -> tuple[list[int], list[int], int]:
    """Which windows the model must hear, which of these are only for its memory, and how many silent ones there are in
    a row at their end.

    `quiet_windows` is that number before them, `skipped` how many of the windows right before them are kept to be heard
    now; those have the indices -skipped to -1.
    """
    needed: list[int] = []
    replayed: list[int] = []
    next_skipped = -skipped
    for index, is_silent in enumerate(silent):
        quiet_windows = quiet_windows + 1 if is_silent else 0
        if quiet_windows <= gate.settle_windows:
            again = range(max(next_skipped, index - gate.replay_windows), index)
            replayed += again
            needed += [*again, index]
            next_skipped = index + 1
    return needed, replayed, quiet_windows
