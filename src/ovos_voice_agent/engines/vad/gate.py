"""What is surely silence never reaches the model.

Rules: a window is quiet when its RMS is below a level at which nobody can be heard. The model still judges the first
quiet windows of a pause, so that it notices the end of speech and its memory settles; only then is it skipped, its
memory standing still, and the worker thread is not even woken. It wakes with the first window that is not quiet, with
the true samples before it as context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ovos_voice_agent.engines.vad.silero_model import Floats

SETTLE_WINDOWS = 128
"""Four seconds. The network's memory drifts in silence for long: stopped after half a second, what follows is judged up
to 0.25 otherwise than without the gate (one false start in noise); after four, onsets agree to within one window or so.
What is left to save is the common case: a muted microphone."""


def quiet(windows: Floats, level_dbfs: float) -> list[bool]:
    """For windows of shape (n, samples): is the RMS below `level_dbfs` (0 is a full-scale square wave)?"""
    power = np.einsum("ij,ij->i", windows, windows) / windows.shape[1]
    flags: list[bool] = (power < 10 ** (level_dbfs / 10)).tolist()
    return flags


def all_quiet(windows: Floats, level_dbfs: float) -> bool:
    """The same question about all of them; quick for one."""
    if len(windows) != 1:
        return all(quiet(windows, level_dbfs))
    window = windows[0]
    return bool(window.dot(window) / len(window) < 10 ** (level_dbfs / 10))


def judged(quiet_windows: int, quiet_flags: list[bool]) -> tuple[list[int], int]:
    """Which of the next windows the model must judge, and how many quiet ones there are in a row at their end.

    `quiet_windows` is that number before them.
    """
    needed = []
    for index, is_quiet in enumerate(quiet_flags):
        quiet_windows = quiet_windows + 1 if is_quiet else 0
        if quiet_windows <= SETTLE_WINDOWS:
            needed.append(index)
    return needed, quiet_windows
