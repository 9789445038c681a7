"""What of one stream's windows the model must hear, decided where they arrive: silence never waits for the model.

Rules:

- It begins as after a long silence: a model that has heard nothing is not woken by nothing.
- Windows are sifted in order; what comes out does not depend on how they were put together.
- A window that the model need not hear has probability zero, also when the model hears it later for its memory's sake.
- What is kept of those is the last of them, and the samples before the first that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ovos_voice_agent.audio.floor import NoiseFloor
from ovos_voice_agent.engines.vad.gate import judged
from ovos_voice_agent.engines.vad.silero_model import CONTEXT_SAMPLES, INPUT_SAMPLES, WINDOW_SAMPLES

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import Silence
    from ovos_voice_agent.engines.vad.gate import Gate
    from ovos_voice_agent.engines.vad.silero_model import Floats, Webrtc

_NO_WINDOWS: Floats = np.zeros((0, WINDOW_SAMPLES), np.float32)
_NO_INPUTS: Floats = np.zeros((0, INPUT_SAMPLES), np.float32)


class Sifted(NamedTuple):
    """`inputs` are windows for the model with the samples before them, of shape (n, 576); `places` says which window
    each of them is, None for one that is heard again."""

    inputs: Floats
    places: list[int | None]


class Sieve:
    """The gate of one stream, and what it remembers: 0.5 kB, and 2 kB for each window that is kept."""

    __slots__ = ("_context", "_floor", "_gate", "_quiet_windows", "_skipped", "_webrtc")

    def __init__(self, gate: Gate, webrtc: Webrtc | None = None) -> None:
        self._gate = gate
        self._webrtc = webrtc
        self._floor = NoiseFloor()
        self._quiet_windows = gate.settle_windows  # a model that has heard nothing need not settle
        self._skipped = _NO_WINDOWS
        self._context: Floats = np.zeros(CONTEXT_SAMPLES, np.float32)
        """What was before the windows that are kept, or before the next one."""

    @property
    def silence(self) -> Silence | None:
        """What is surely silence; None while the model still hears what comes."""
        return self._gate.silence(self._floor) if self._gate.asleep(self._quiet_windows) else None

    def sift(self, windows: Floats) -> Sifted:
        """The next windows, of shape (n, 512)."""
        silent = self._gate.silent(windows, self._floor, self._webrtc)
        kept = len(self._skipped)
        needed, replayed, self._quiet_windows = judged(self._gate, self._quiet_windows, kept, silent)
        whole = np.concatenate((self._skipped, windows)) if kept else windows
        if not needed:
            self._skip(whole)
            return Sifted(_NO_INPUTS, [])
        again = set(replayed)
        inputs = self._with_context(whole)[[kept + index for index in needed]]
        self._go_on_after(whole, kept + needed[-1])
        return Sifted(inputs, [None if index in again else index for index in needed])

    def pass_over(self, count: int, level_dbfs: float) -> None:
        """So many windows of `silence` of that level have not been sifted. What was kept is older than they."""
        self._quiet_windows += count
        self._skipped = _NO_WINDOWS
        if self._gate.margin_db is not None:
            for _ in range(count):
                self._floor.hear(level_dbfs)

    def _go_on_after(self, whole: Floats, heard: int) -> None:
        self._context = whole[heard, -CONTEXT_SAMPLES:].copy()
        self._skip(whole[heard + 1 :])

    def _skip(self, windows: Floats) -> None:
        """Keep the last of windows that the model need not hear."""
        gone = max(0, len(windows) - self._gate.replay_windows)
        if gone:
            self._context = windows[gone - 1, -CONTEXT_SAMPLES:].copy()
        self._skipped = windows[gone:].copy() if len(windows) > gone else _NO_WINDOWS

    def _with_context(self, windows: Floats) -> Floats:
        """Every window with the samples before it in front: (n, 512) -> (n, 576)."""
        inputs = np.empty((len(windows), INPUT_SAMPLES), np.float32)
        inputs[:, CONTEXT_SAMPLES:] = windows
        inputs[1:, :CONTEXT_SAMPLES] = windows[:-1, -CONTEXT_SAMPLES:]
        inputs[0, :CONTEXT_SAMPLES] = self._context
        return inputs
