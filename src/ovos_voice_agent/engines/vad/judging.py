"""Batches of windows through gate and model: what the detector's worker thread does.

Rules:

- Windows of one stream are judged in order, those of different streams side by side.
- A window that was skipped has probability zero, also when the model hears it later for its memory's sake: what comes
  out does not depend on how windows were put together.
- What a stream keeps of skipped windows is the last of them, and the samples before the first that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.engines.vad.gate import judged
from ovos_voice_agent.engines.vad.silero_model import CONTEXT_SAMPLES, HIDDEN, WINDOW_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ovos_voice_agent.engines.batch import Share
    from ovos_voice_agent.engines.vad.gate import Gate
    from ovos_voice_agent.engines.vad.silero_model import Floats, SileroModel, State


@dataclass(frozen=True, slots=True)
class _Work:
    """One stream's part of a batch. `windows` are skipped ones that are `kept`, then the new; the others are rows."""

    state: State
    windows: Floats
    kept: int
    needed: list[int]
    replayed: list[int]


class Judge:
    """The model of the batcher: shares of windows -> probabilities."""

    def __init__(self, model: SileroModel, gate: Gate) -> None:
        self._model = model
        self._gate = gate

    def __call__(self, shares: Sequence[Share[State]]) -> list[list[float]]:
        work = [self._gated(share) for share in shares]
        starts = [0, *accumulate(len(one.windows) for one in work)]
        inputs = np.concatenate([_with_context(one) for one in work])
        rows = [[start + row for row in one.needed] for start, one in zip(starts, work, strict=False)]
        needed = [row for of_one in rows for row in of_one]
        features = np.empty((len(inputs), HIDDEN), np.float32)
        features[needed] = self._model.features(inputs[needed])
        probabilities = np.zeros(len(inputs), np.float32)
        self._step_through([one.state for one in work], rows, features, probabilities)
        for start, one in zip(starts, work, strict=False):
            probabilities[[start + row for row in one.replayed]] = 0.0
            _remember(one, self._gate.replay_windows)
        flat: list[float] = probabilities.tolist()
        return [flat[start + one.kept : start + len(one.windows)] for start, one in zip(starts, work, strict=False)]

    def _gated(self, share: Share[State]) -> _Work:
        state, kept = share.state, len(share.state.skipped)
        silent = self._gate.silent(share.units, state.floor, state.webrtc)
        needed, replayed, state.quiet_windows = judged(self._gate, state.quiet_windows, kept, silent)
        windows = np.concatenate((state.skipped, share.units)) if kept else share.units
        return _Work(state, windows, kept, [kept + row for row in needed], [kept + row for row in replayed])

    def _step_through(
        self, states: Sequence[State], rows: Sequence[list[int]], features: Floats, probabilities: Floats
    ) -> None:
        """Window by window through all streams, for those rows that need it; fills in `probabilities`."""
        # Streams with most windows first: those that still have one at a step are then the head of every array.
        work = sorted((pair for pair in zip(states, rows, strict=True) if pair[1]), key=lambda pair: -len(pair[1]))
        if not work:
            return
        hidden, cell = np.stack([state.hidden for state, _ in work]), np.stack([state.cell for state, _ in work])
        for step in range(len(work[0][1])):
            at = [of_share[step] for _, of_share in work if len(of_share) > step]
            head = slice(len(at))
            probabilities[at], hidden[head], cell[head] = self._model.step(features[at], hidden[head], cell[head])
        for index, (state, _) in enumerate(work):
            state.hidden, state.cell = hidden[index].copy(), cell[index].copy()


def skip(state: State, windows: Floats, replay_windows: int) -> None:
    """Windows that the model need not hear, of shape (n, 512): keep the last of them."""
    whole = np.concatenate((state.skipped, windows)) if replay_windows else windows
    gone = max(0, len(whole) - replay_windows)
    if gone:
        state.context = whole[gone - 1, -CONTEXT_SAMPLES:].copy()
    state.skipped = whole[gone:].copy()


def _remember(work: _Work, replay_windows: int) -> None:
    """What the stream needs of these windows later."""
    state, heard = work.state, work.needed[-1] + 1 if work.needed else 0
    if heard:
        state.context = work.windows[heard - 1, -CONTEXT_SAMPLES:].copy()
        state.skipped = state.skipped[:0]
    skip(state, work.windows[heard or work.kept :], replay_windows)


def _with_context(work: _Work) -> Floats:
    """Every window with the samples before it in front: (n, 512) -> (n, 576)."""
    inputs = np.empty((len(work.windows), CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)
    inputs[:, CONTEXT_SAMPLES:] = work.windows
    inputs[1:, :CONTEXT_SAMPLES] = work.windows[:-1, -CONTEXT_SAMPLES:]
    inputs[0, :CONTEXT_SAMPLES] = work.state.context
    return inputs
