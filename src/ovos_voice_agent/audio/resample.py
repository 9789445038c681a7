"""A streaming polyphase resampler that keeps time: output sample k is the sound at k / to_hz seconds, exactly.

Rules:

- The same samples come out, bit for bit, however the input is cut into pieces.
- Nothing is held back but what the filter must see ahead (`held_samples`): 1 ms for 24 kHz <-> 16 kHz, 2 ms for
  8 kHz <-> 16 kHz. `flush` brings the rest, so n samples become round(n * to_hz / from_hz).
- The filter is linear phase, so its delay is only this looking ahead; no sample is shifted.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.audio.format import convert_samples

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

_LOBES = 16
"""Half-length of the filter in samples of the lower rate: more would be steeper, and later."""

_CUTOFF = 0.45
"""In cycles per sample of the lower rate, a little below its half, so that what folds back is already weak."""

_KAISER_BETA = 8.0
"""Stop band at about -80 dB, under the noise of 13-bit telephone audio and of any microphone."""

_OUTPUTS_AT_ONCE = 2048
"""A bound on working memory: a 10 s append must not make arrays of 60 MB."""


class Resampler:
    """One stream from `from_hz` to `to_hz`, float32. Equal rates pass the array through untouched."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self.from_hz, self.to_hz = from_hz, to_hz
        self._up, self._down = to_hz // common, from_hz // common
        self._passes = self._up == self._down
        self._taps = _phases(self._up, self._down)
        self._width = self._taps.shape[1]
        self.reset()

    @property
    def held_samples(self) -> int:
        """Input samples that the filter looks ahead: the delay of a stream, at `from_hz`."""
        return 0 if self._passes else _reach(self._up, self._down)[1]

    def reset(self) -> None:
        """Start a new stream; silence is what came before it."""
        behind = _reach(self._up, self._down)[0]
        self._buffer: FloatSamples = np.zeros(behind, np.float32)
        self._first = -behind  # the input position of the first sample in the buffer
        self._taken = 0
        self._made = 0

    def push(self, samples: FloatSamples) -> FloatSamples:
        """All output that the input up to here decides."""
        if self._passes:
            return samples
        self._taken += len(samples)
        return self._feed(samples, limit=None)

    def flush(self) -> FloatSamples:
        """The end of the stream: the rest of the output, with silence behind it. The next push starts a new stream."""
        if self._passes:
            return np.zeros(0, np.float32)
        limit = convert_samples(self._taken, self.from_hz, self.to_hz)
        ahead = _reach(self._up, self._down)[1]
        tail = self._feed(np.zeros(ahead, np.float32), limit)
        self.reset()
        return tail

    def _feed(self, samples: FloatSamples, limit: int | None) -> FloatSamples:
        self._buffer = np.concatenate((self._buffer, samples))
        end = self._outputs_decided() if limit is None else limit
        pieces = [self._outputs(k, min(k + _OUTPUTS_AT_ONCE, end)) for k in range(self._made, end, _OUTPUTS_AT_ONCE)]
        self._made = max(self._made, end)
        self._drop_used()
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces or [np.zeros(0, np.float32)])

    def _outputs_decided(self) -> int:
        """How many outputs have all their input: the last one sees `ahead` samples beyond its own place."""
        ready_inputs = self._first + len(self._buffer) - _reach(self._up, self._down)[1]
        return max(0, -(-ready_inputs * self._up // self._down))

    def _outputs(self, begin: int, end: int) -> FloatSamples:
        """Outputs number `begin` up to `end`: each is its window of input, weighed by the taps of its phase."""
        ticks = np.arange(begin * self._down, end * self._down, self._down)
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, self._width)
        behind = _reach(self._up, self._down)[0]
        rows: FloatSamples = windows[ticks // self._up - behind - self._first]
        rows *= self._taps[ticks % self._up]
        made: FloatSamples = rows.sum(axis=1)
        return made

    def _drop_used(self) -> None:
        behind = _reach(self._up, self._down)[0]
        used = self._made * self._down // self._up - behind - self._first
        if used > 0:
            self._buffer = self._buffer[used:].copy()  # a copy, or the rest would keep a large chunk alive
            self._first += used


def _reach(up: int, down: int) -> tuple[int, int]:
    """Input samples before and after an output's place that its filter covers."""
    half = _LOBES * max(up, down)
    return half // up, -(-half // up)


@lru_cache(maxsize=64)  # uploads come at many rates
def _phases(up: int, down: int) -> FloatSamples:
    """Taps for each of the `up` places an output can have between two inputs, shape (up, width); each row sums to 1."""
    behind, ahead = _reach(up, down)
    slower = max(up, down)
    distance = np.arange(up)[:, None] - np.arange(-behind, ahead + 1)[None, :] * up  # in ticks of the common rate
    inside = np.clip(1 - (distance / (_LOBES * slower)) ** 2, 0, None)
    window = np.i0(_KAISER_BETA * np.sqrt(inside)) * (inside > 0)
    taps = np.sinc(2 * _CUTOFF / slower * distance) * window
    return np.ascontiguousarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)
