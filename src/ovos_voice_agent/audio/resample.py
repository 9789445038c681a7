"""A streaming polyphase resampler that keeps time: output sample k is the sound at k / to_hz seconds, exactly.

Rules:

- The same samples come out, bit for bit, however the input is cut into pieces. Samples and taps are therefore whole
  numbers in float64, so small that every sum of their products is exact: the order of adding does not matter, and
  matrix products may do the work.
- Nothing is held back but what the filter must see ahead (`held_samples`): 1 ms for 24 kHz <-> 16 kHz, 2 ms for
  8 kHz <-> 16 kHz. `flush` brings the rest, so n samples become round(n * to_hz / from_hz).
- The filter is linear phase, so its delay is only this looking ahead; no sample is shifted.
- Digital silence costs nothing: what is all zero comes out as zeros without being filtered.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.audio.format import convert_samples

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples, Int16Samples

_Whole: TypeAlias = npt.NDArray[np.float64]
"""Whole numbers, below 2^53 in whatever is done with them."""

_LOBES = 16
"""Half-length of the filter in samples of the lower rate: more would be steeper, and later."""

_CUTOFF = 0.45
"""In cycles per sample of the lower rate, a little below its half, so that what folds back is already weak."""

_KAISER_BETA = 8.0
"""Stop band at about -80 dB, under the noise of 13-bit telephone audio and of any microphone."""

_SAMPLE_SCALE = 2.0**24
"""Steps of a sample from 0 to 1: finer than float32 near full scale, 48 dB below those of int16."""

_FULL_SCALE = 2.0**15
"""Of int16."""

_TAP_SCALE = 2.0**22
"""Steps of a tap: -132 dB. Sums stay below 2^53 for samples up to +-64."""

_OUTPUTS_AT_ONCE = 2048
"""A bound on working memory: a 10 s append must not make arrays of 60 MB."""

_LARGEST_MATRIX = 1 << 18
"""Rates with little in common would need larger matrices than the cache has room for; they are filtered one by one."""


class Resampler:
    """One stream from `from_hz` to `to_hz`, float32. Equal rates pass the array through untouched."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self.from_hz, self.to_hz = from_hz, to_hz
        self._up, self._down = to_hz // common, from_hz // common
        self._passes = self._up == self._down
        self._behind, self._ahead = _reach(self._up, self._down)
        self.reset()

    @property
    def held_samples(self) -> int:
        """Input samples that the filter looks ahead: the delay of a stream, at `from_hz`."""
        return 0 if self._passes else self._ahead

    def reset(self) -> None:
        """Start a new stream; silence is what came before it."""
        self._buffer: _Whole = np.zeros(self._behind)
        self._first = -self._behind  # the input position of the first sample in the buffer
        self._taken = 0
        self._made = 0
        self._silent = True  # the buffer holds nothing but zeros

    def push(self, samples: FloatSamples) -> FloatSamples:
        """All output that the input up to here decides."""
        if self._passes:
            return samples
        if self._silent and not samples.any():
            return np.zeros(self.push_silence(len(samples)), np.float32)
        self._extend(samples, _SAMPLE_SCALE)
        added = self._buffer[-len(samples) :] if len(samples) else self._buffer[:0]
        np.rint(added, out=added)
        return _as_floats(self._decided())

    def push_int16(self, samples: Int16Samples) -> Int16Samples:
        """The same for int16, which is cheaper than by way of floats: rounded once, and clipped."""
        if self._passes:
            return samples
        if self._silent and not samples.any():
            return np.zeros(self.push_silence(len(samples)), np.int16)
        self._extend(samples, _SAMPLE_SCALE / _FULL_SCALE)
        return _as_int16(self._decided())

    def push_silence(self, count: int) -> int:
        """As `push` with `count` zeros, while `silent`. Returns how many zeros come out, instead of making them."""
        assert self.silent
        if self._passes:
            return count
        self._taken += count
        begin, self._made = self._made, max(self._made, self._outputs_decided(self._taken))
        self._first = self._kept_from(self._made)
        self._buffer = np.zeros(self._taken - self._first)
        return self._made - begin

    def due(self, count: int) -> int:
        """How many samples come out once so many more are pushed."""
        return count if self._passes else max(self._made, self._outputs_decided(self._taken + count)) - self._made

    def skip_int16(self, samples: Int16Samples) -> int:
        """As `push_int16`, but nobody wants what comes out: only how many samples it would be. Costs next to nothing,
        and what is pushed afterwards comes out as if nothing had been skipped."""
        count = self.due(len(samples))
        if self._passes:
            return count
        taken, made = self._taken + len(samples), self._made + count
        missing = len(samples) - (taken - self._kept_from(made))
        if missing < 0:  # some of what is kept came before
            self._extend(samples, _SAMPLE_SCALE / _FULL_SCALE)
        else:
            self._buffer = np.multiply(samples[missing:], _SAMPLE_SCALE / _FULL_SCALE, dtype=np.float64)
            self._first, self._taken = taken - len(self._buffer), taken
        self._made = made
        self._drop_used()
        return count

    @property
    def silent(self) -> bool:
        """Nothing but zeros is still to come out, as far as the input is known."""
        return self._silent

    def flush(self) -> FloatSamples:
        """The end of the stream: the rest of the output, with silence behind it. The next push starts a new stream."""
        if self._passes:
            return np.zeros(0, np.float32)
        limit = convert_samples(self._taken, self.from_hz, self.to_hz)
        self._extend(np.zeros(self._ahead, np.float32), 1.0)
        tail = _as_floats(self._sums_up_to(limit))
        self.reset()
        return tail

    def _extend(self, samples: FloatSamples | Int16Samples, scale: float) -> None:
        """Put samples behind the buffer, converted on the way."""
        held = len(self._buffer)
        longer: _Whole = np.empty(held + len(samples))
        longer[:held] = self._buffer
        np.multiply(samples, scale, out=longer[held:], dtype=np.float64)
        self._buffer = longer
        self._taken += len(samples)

    def _decided(self) -> _Whole:
        sums = self._sums_up_to(self._outputs_decided(self._first + len(self._buffer)))
        self._drop_used()
        return sums

    def _sums_up_to(self, end: int) -> _Whole:
        """Outputs from the first that was not made yet, in steps of samples times those of taps."""
        pieces = [self._sums(k, min(k + _OUTPUTS_AT_ONCE, end)) for k in range(self._made, end, _OUTPUTS_AT_ONCE)]
        self._made = max(self._made, end)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces or [np.zeros(0)])

    def _outputs_decided(self, taken: int) -> int:
        """How many outputs have all their input: the last one sees `ahead` samples beyond its own place."""
        return max(0, -(-(taken - self._ahead) * self._up // self._down))

    def _sums(self, begin: int, end: int) -> _Whole:
        """Outputs number `begin` up to `end`."""
        blocks = _blocks(self._up, self._down)
        return self._one_by_one(begin, end) if blocks is None else self._by_blocks(blocks, begin, end)

    def _by_blocks(self, blocks: _Blocks, begin: int, end: int) -> _Whole:
        """Rows of input times two matrices: for the block that begins in a row, and for the one that ends in it."""
        start = begin - begin % self._up  # blocks begin where the phases do
        step = len(blocks.here)
        rows = -(-(end - start) // blocks.here.shape[1])
        at = start * self._down // self._up - self._behind - self._first
        inputs = np.zeros((rows + 1) * step)  # what is not there yet meets taps of outputs that are not wanted
        known = self._buffer[at : at + len(inputs)]
        inputs[: len(known)] = known
        inputs = inputs.reshape(rows + 1, step)
        sums: _Whole = inputs[:-1] @ blocks.here
        sums += inputs[1:] @ blocks.next
        return sums.reshape(-1)[begin - start : end - start]

    def _one_by_one(self, begin: int, end: int) -> _Whole:
        """Each output is its window of input, weighed by the taps of its phase."""
        taps = _phases(self._up, self._down)
        ticks = np.arange(begin * self._down, end * self._down, self._down)
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, taps.shape[1])
        rows = windows[ticks // self._up - self._behind - self._first]
        rows *= taps[ticks % self._up]
        sums: _Whole = rows.sum(axis=1)
        return sums

    def _kept_from(self, made: int) -> int:
        """The first input that outputs need which come after so many, from the first phase on."""
        return (made - made % self._up) * self._down // self._up - self._behind

    def _drop_used(self) -> None:
        used = self._kept_from(self._made) - self._first
        if used > 0:
            self._buffer = self._buffer[used:].copy()  # a copy, or the rest would keep a large chunk alive
            self._first += used
        self._silent = not self._buffer.any()


class _Blocks(NamedTuple):
    """Taps as matrices of shape (step, outputs): what `step` inputs in a row bring to the `outputs` that begin with
    them, and to those that began one step before."""

    here: _Whole
    next: _Whole


def _as_floats(sums: _Whole) -> FloatSamples:
    sums *= 1 / (_SAMPLE_SCALE * _TAP_SCALE)
    return sums.astype(np.float32)


def _as_int16(sums: _Whole) -> Int16Samples:
    sums *= _FULL_SCALE / (_SAMPLE_SCALE * _TAP_SCALE)
    np.rint(sums, out=sums)
    np.maximum(sums, -_FULL_SCALE, out=sums)
    np.minimum(sums, _FULL_SCALE - 1, out=sums)
    return sums.astype(np.int16)


def _reach(up: int, down: int) -> tuple[int, int]:
    """Input samples before and after an output's place that its filter covers."""
    half = _LOBES * max(up, down)
    return half // up, -(-half // up)


@lru_cache(maxsize=8)
def _blocks(up: int, down: int) -> _Blocks | None:
    """None where they would be too large."""
    width = sum(_reach(up, down)) + 1
    periods = -(-width // down)  # a window reaches no further than into the next row
    outputs, step = periods * up, periods * down
    if outputs * step > _LARGEST_MATRIX:
        return None
    taps = _phases(up, down)
    both = np.zeros((2 * step, outputs))
    for output in range(outputs):
        first = output * down // up
        both[first : first + width, output] = taps[output * down % up]
    return _Blocks(both[:step].copy(), both[step:].copy())


@lru_cache(maxsize=64)  # uploads come at many rates
def _phases(up: int, down: int) -> _Whole:
    """Taps for each of the `up` places an output can have between two inputs, shape (up, width); each row sums to
    `_TAP_SCALE`."""
    behind, ahead = _reach(up, down)
    slower = max(up, down)
    distance = np.arange(up)[:, None] - np.arange(-behind, ahead + 1)[None, :] * up  # in ticks of the common rate
    inside = np.clip(1 - (distance / (_LOBES * slower)) ** 2, 0, None)
    window = np.i0(_KAISER_BETA * np.sqrt(inside)) * (inside > 0)
    taps = np.sinc(2 * _CUTOFF / slower * distance) * window
    whole: _Whole = np.rint(taps * (_TAP_SCALE / taps.sum(axis=1, keepdims=True)))
    whole[:, behind] += _TAP_SCALE - whole.sum(axis=1)  # rounding must not change a constant
    return whole
