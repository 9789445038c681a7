"""Chunks of any size -> blocks of a fixed size, with their position.

Rules: every sample is in exactly one block, in order; what does not fill a block waits for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples


class Cut(NamedTuple):
    """Consecutive blocks: `blocks` has shape (n, size), n may be 0; the first begins at `start_sample`."""

    start_sample: int
    blocks: FloatSamples


class Blocks:
    """Cuts one stream into blocks of `size` samples."""

    def __init__(self, size: int, *, start_sample: int = 0) -> None:
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        self.size = size
        self._next_sample = start_sample
        self._rest: FloatSamples = np.zeros(0, np.float32)

    @property
    def next_sample(self) -> int:
        """Where the next block begins."""
        return self._next_sample

    @property
    def held_samples(self) -> int:
        """Samples that wait for the rest of their block: less than `size`."""
        return len(self._rest)

    def push(self, samples: FloatSamples) -> Cut:
        """The blocks that are full now. They may share memory with `samples`, which must not change afterwards."""
        joined = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        count = len(joined) // self.size
        used = count * self.size
        self._rest = joined[used:].copy()  # a copy, or a small rest would keep a large chunk alive
        cut = Cut(self._next_sample, joined[:used].reshape(count, self.size))
        self._next_sample += used
        return cut

    def reset(self, start_sample: int) -> None:
        """Forget what waits; the next sample pushed is number `start_sample`."""
        self._next_sample = start_sample
        self._rest = np.zeros(0, np.float32)
