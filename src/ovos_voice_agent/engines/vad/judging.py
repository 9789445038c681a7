"""Batches of windows through the model: what the detector's worker thread does.

Rules: windows of one stream are judged in order, those of different streams side by side.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ovos_voice_agent.engines.batch import Share
    from ovos_voice_agent.engines.vad.silero_model import Floats, SileroModel, State


class Judge:
    """The model of the batcher: shares of windows with the samples before them, each (n, 576) -> probabilities."""

    def __init__(self, model: SileroModel) -> None:
        self._model = model

    def __call__(self, shares: Sequence[Share[State]]) -> list[list[float]]:
        ends = list(accumulate(len(share.units) for share in shares))
        features = self._model.features(np.concatenate([share.units for share in shares]))
        starts = [0, *ends[:-1]]
        flat: list[float] = self._step_through(shares, starts, features).tolist()
        return [flat[start:end] for start, end in zip(starts, ends, strict=True)]

    def _step_through(self, shares: Sequence[Share[State]], starts: Sequence[int], features: Floats) -> Floats:
        """Window by window through all streams."""
        probabilities = np.zeros(len(features), np.float32)
        # Streams with most windows first: those that still have one at a step are then the head of every array.
        work = sorted(zip(shares, starts, strict=True), key=lambda pair: -len(pair[0].units))
        states = [share.state for share, _ in work]
        hidden, cell = np.stack([state.hidden for state in states]), np.stack([state.cell for state in states])
        for step in range(len(work[0][0].units)):
            at = [start + step for share, start in work if len(share.units) > step]
            head = slice(len(at))
            probabilities[at], hidden[head], cell[head] = self._model.step(features[at], hidden[head], cell[head])
        for index, state in enumerate(states):
            state.hidden, state.cell = hidden[index].copy(), cell[index].copy()
        return probabilities
