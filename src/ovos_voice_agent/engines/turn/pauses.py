"""This speaker's own pauses in this session: how long they last before the speaker goes on (pure).

Rules:

- A pause counts when speech went on after it, also when it was mistaken for the end of a turn: then most of all.
- Shorter silences than `SHORTEST_MS` are sounds of speech (a `t` is silent for 80 ms), longer ones than `LONGEST_MS`
  are new turns; both teach nothing.
- Everybody starts as the speakers of the recordings; after some ten pauses it is this speaker who counts.
"""

from __future__ import annotations

import math

TYPICAL_MS = 290.0
"""Half of the pauses inside of the recordings are shorter (25 of 96 ms and more, in three minutes)."""
TRUST_PAUSES = 4.0
"""So many pauses of their own move a speaker half-way from the typical to theirs."""
FADING = 0.9
"""What each further pause leaves of the weight of the earlier ones: people become calm, and tired."""
SHORTEST_MS = 128
LONGEST_MS = 3_000
LOWEST_MS, HIGHEST_MS = 200.0, 900.0
"""Nobody is taken for quicker or slower than this: a few odd pauses must not make turns endless."""


class SpeakerPauses:
    """What is known of one speaker's pauses."""

    __slots__ = ("_log_ms", "_weight")

    def __init__(self) -> None:
        self._weight = 0.0
        self._log_ms = 0.0

    @property
    def middle_ms(self) -> float:
        """Half of this speaker's pauses are taken to be shorter."""
        total = TRUST_PAUSES * math.log(TYPICAL_MS) + self._log_ms
        return min(max(math.exp(total / (TRUST_PAUSES + self._weight)), LOWEST_MS), HIGHEST_MS)

    def heard(self, pause_ms: float, *, cut_off: bool = False) -> None:
        """Speech goes on after a pause; `cut_off` when it had been taken for the end, which counts twice."""
        if not SHORTEST_MS <= pause_ms <= LONGEST_MS:
            return
        weight = 2.0 if cut_off else 1.0
        self._weight = self._weight * FADING + weight
        self._log_ms = self._log_ms * FADING + weight * math.log(pause_ms)
