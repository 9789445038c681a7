"""Silero VAD 6.2 at 16 kHz as plain numpy: windows in, probabilities of speech out, many streams at once.

Rules:

- A window is 512 new samples, and the model also sees the 64 samples before them. Without those nothing fails, but the
  probabilities stay near zero (see `sieve.py`).
- Rows do not influence each other: a batch gives what single windows give, but for rounding in the last bits.
- The arithmetic follows the released ONNX graph and agrees with it to 0.01 (the weights are kept as float16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

Floats: TypeAlias = npt.NDArray[np.float32]

WINDOW_SAMPLES = 512
CONTEXT_SAMPLES = 64
INPUT_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES
HIDDEN = 128
_HOP_SAMPLES, _FRAME_SAMPLES, _BINS = 128, 256, 129
_ROWS_AT_ONCE = 64
"""More rows than this leave the cache: 22 µs a window instead of 13."""


class Webrtc(Protocol):
    """WebRTC's detector of one stream, as the package `webrtcvad` has it."""

    def is_speech(self, pcm: bytes, rate_hz: int) -> bool: ...


class State:
    """What the network remembers of one stream: 1 kB."""

    __slots__ = ("cell", "hidden")

    def __init__(self) -> None:
        self.hidden: Floats = np.zeros(HIDDEN, np.float32)
        self.cell: Floats = np.zeros(HIDDEN, np.float32)


class SileroModel:
    """The weights, made ready for matrix products. Holds no state of any stream."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._basis = np.ascontiguousarray(weights["stft.weight"][:, 0, :].T)  # (256, 258): real parts, then imaginary
        self._conv1 = _unfolded(weights["conv1.weight"])
        self._conv2 = _unfolded(weights["conv2.weight"])
        # The last two convolutions see so few frames that taps which only meet padding are left out.
        self._conv3 = _unfolded(weights["conv3.weight"][:, :, 1:])
        self._conv4 = _unfolded(weights["conv4.weight"][:, :, 1:2])
        self._biases = [weights[f"conv{i}.bias"] for i in (1, 2, 3, 4)]
        recurrent = np.concatenate((weights["lstm.weight_ih"], weights["lstm.weight_hh"]), axis=1)
        self._recurrent = np.ascontiguousarray(recurrent.T)  # (256, 512), gates in the order in, forget, cell, out
        self._recurrent_bias = weights["lstm.bias_ih"] + weights["lstm.bias_hh"]
        self._final = weights["final.weight"][0, :, 0]
        self._final_bias = weights["final.bias"][0]

    @classmethod
    def load(cls, file: IO[bytes]) -> SileroModel:
        """From the npz that `scripts/export_silero.py` writes. Raises ValueError or KeyError for another file."""
        with np.load(file) as stored:
            return cls({name: stored[name].astype(np.float32) for name in stored.files})

    def features(self, inputs: Floats) -> Floats:
        """What the windows sound like, each by itself: (n, 576) samples, context first -> (n, 128)."""
        parts = [self._encode(inputs[at : at + _ROWS_AT_ONCE]) for at in range(0, len(inputs), _ROWS_AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, HIDDEN), np.float32)

    def step(self, features: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
        """One window of each stream, in order of time: (n, 128) each -> probabilities (n,), new hidden, new cell."""
        gates = np.concatenate((features, hidden), axis=1) @ self._recurrent
        gates += self._recurrent_bias
        let_in, forget, candidate, let_out = np.split(gates, 4, axis=1)
        cell = _sigmoid(forget) * cell + _sigmoid(let_in) * np.tanh(candidate)
        hidden = _sigmoid(let_out) * np.tanh(cell)
        return _sigmoid(np.maximum(hidden, 0) @ self._final + self._final_bias), hidden, cell

    def _encode(self, inputs: Floats) -> Floats:
        spectrum = _framed(inputs) @ self._basis
        spectrum *= spectrum
        count = len(inputs)
        padded = np.zeros((count, 6, _BINS), np.float32)
        np.sqrt((spectrum[:, :_BINS] + spectrum[:, _BINS:]).reshape(count, 4, _BINS), out=padded[:, 1:5])
        first = np.zeros((count, 5, HIDDEN), np.float32)
        first[:, 1:] = self._layer(0, _columns(padded, 4, 1), self._conv1).reshape(count, 4, HIDDEN)
        second = self._layer(1, _columns(first, 2, 2), self._conv2).reshape(count, -1)
        return self._layer(3, self._layer(2, second, self._conv3), self._conv4)

    def _layer(self, index: int, columns: Floats, taps: Floats) -> Floats:
        """A convolution as a matrix product, and ReLU."""
        result: Floats = columns @ taps
        result += self._biases[index]
        np.maximum(result, 0, out=result)
        return result


def _unfolded(weight: Floats) -> Floats:
    """(out, in, taps) -> (taps * in, out)."""
    return np.ascontiguousarray(weight.transpose(2, 1, 0).reshape(-1, weight.shape[0]))


def _framed(inputs: Floats) -> Floats:
    """(n, 576) -> (4 n, 256): mirrored at the end by 64 samples, then frames 128 apart."""
    count = len(inputs)
    mirrored = np.empty((count, INPUT_SAMPLES + 64), np.float32)
    mirrored[:, :INPUT_SAMPLES] = inputs
    mirrored[:, INPUT_SAMPLES:] = inputs[:, -2:-66:-1]
    frames = np.lib.stride_tricks.sliding_window_view(mirrored, _FRAME_SAMPLES, axis=1)[:, ::_HOP_SAMPLES]
    return frames.reshape(count * 4, _FRAME_SAMPLES)


def _columns(frames: Floats, outputs: int, stride: int) -> Floats:
    """(n, frames, channels) -> (n * outputs, 3 * channels): the three frames under each place of a kernel."""
    step = frames.strides
    shape = (len(frames), outputs, 3 * frames.shape[2])
    view = np.lib.stride_tricks.as_strided(frames, shape, (step[0], stride * step[1], step[2]), writeable=False)
    return view.reshape(-1, shape[2])


def _sigmoid(x: Floats) -> Floats:
    result: Floats = np.tanh(x * np.float32(0.5))
    result += np.float32(1.0)
    result *= np.float32(0.5)
    return result
