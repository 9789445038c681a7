"""The Silero voice detector for all sessions of a process: one model, one worker thread, batches.

Rules:

- Everything of a session is in its `SileroStream`: about 2 kB.
- numpy's BLAS runs with one thread in the whole process from `start` on: the matrices here are small, and threads that
  wait for each other cost more than they bring. `threadpoolctl` sets it in the loaded library, so it does not matter
  what was imported before or which environment variables are set.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import threadpoolctl

from ovos_voice_agent.engines.batch import Batcher, Lane, Share
from ovos_voice_agent.engines.interface import EngineInfo, FloatSamples
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.vad import gate
from ovos_voice_agent.engines.vad.silero_model import CONTEXT_SAMPLES, HIDDEN, WINDOW_SAMPLES, SileroModel, State
from ovos_voice_agent.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_WEIGHTS = ("vad", "data", "silero_vad_16k.npz")

_INFO = EngineInfo(
    kind="vad",
    name="silero",
    quality="Silero 6.2, a neural network: notices speech after about 80 ms, and noise seldom fools it",
)


@dataclass(frozen=True, slots=True)
class Options:
    """`silence_dbfs`: windows with an RMS below it are silence without asking the model, once four seconds of them have
    passed; at -200 only exact silence is. `gather_ms`: how long work may wait for company, 0 to 10."""

    silence_dbfs: float = -70.0
    gather_ms: float = 8.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key."""
        reader = OptionReader(options)
        read = cls(
            silence_dbfs=reader.number("silence_dbfs", cls().silence_dbfs, -200.0, -40.0),
            gather_ms=reader.number("gather_ms", cls().gather_ms, 0.0, 10.0),
        )
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> Silero:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    return Silero(Options.read(options))


class Silero:
    """Implements `Vad`."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._batcher: Batcher[State, float] | None = None

    @property
    def info(self) -> EngineInfo:
        return _INFO

    @property
    def window_samples(self) -> int:
        return WINDOW_SAMPLES

    async def start(self) -> None:
        """Load the weights and judge one window. Raises EngineError when the package's data is damaged."""
        threadpoolctl.threadpool_limits(limits=1, user_api="blas")
        judge = await asyncio.to_thread(_loaded, self._options.silence_dbfs)
        self._batcher = Batcher(judge, fallback=0.0, name="silero", gather_ms=self._options.gather_ms)

    def open(self) -> SileroStream:
        """A stream for one session. Raises EngineError before `start` and after `close`."""
        if self._batcher is None:
            raise EngineError("the voice detector is not running", code="model_unavailable")
        return SileroStream(self._batcher.open(), self._options.silence_dbfs)

    async def close(self) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()


class SileroStream:
    """Implements `VadStream`."""

    __slots__ = ("_lane", "_silence_dbfs", "_state")

    def __init__(self, lane: Lane[State, float], silence_dbfs: float) -> None:
        self._lane = lane
        self._silence_dbfs = silence_dbfs
        self._state = State()

    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        """As `VadStream.submit`. Raises ValueError for windows that are not of shape (n, 512)."""
        if windows.ndim != 2 or windows.shape[1] != WINDOW_SAMPLES:
            raise ValueError(f"windows must have shape (n, {WINDOW_SAMPLES}), not {windows.shape}")
        if self._asleep(windows):
            deliver([0.0] * len(windows))
        else:
            self._lane.submit(self._state, windows, deliver)

    def _asleep(self, windows: FloatSamples) -> bool:
        """Whether these windows follow long silence and are silent: then the worker need not be woken for them."""
        state = self._state
        if state.quiet_windows < gate.SETTLE_WINDOWS or not self._lane.idle or not len(windows):
            return False
        if not gate.all_quiet(windows, self._silence_dbfs):
            return False
        state.quiet_windows += len(windows)
        state.context = windows[-1, -CONTEXT_SAMPLES:].copy()
        return True

    def reset(self) -> None:
        """As `VadStream.reset`: windows in flight keep the old state, later ones start from a new one."""
        self._state = State()

    def close(self) -> None:
        self._lane.close()


class Judge:
    """The model of the batcher: shares of windows -> probabilities. Runs in the worker thread."""

    def __init__(self, model: SileroModel, silence_dbfs: float) -> None:
        self._model = model
        self._silence_dbfs = silence_dbfs

    def __call__(self, shares: Sequence[Share[State]]) -> list[list[float]]:
        units = np.concatenate([share.units for share in shares])
        inputs = _with_contexts(shares, units)
        rows = _judged_rows(shares, gate.quiet(units, self._silence_dbfs))
        needed = [row for of_share in rows for row in of_share]
        features = np.empty((len(units), HIDDEN), np.float32)
        features[needed] = self._model.features(inputs[needed])
        probabilities = np.zeros(len(units), np.float32)
        self._step_through([share.state for share in shares], rows, features, probabilities)
        return _split(probabilities, shares)

    def _step_through(
        self, states: Sequence[State], rows: Sequence[list[int]], features: FloatSamples, probabilities: FloatSamples
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


def _with_contexts(shares: Sequence[Share[State]], units: FloatSamples) -> FloatSamples:
    """Every window with the samples before it in front: (n, 512) -> (n, 576). The states keep the last of theirs."""
    inputs = np.empty((len(units), CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)
    inputs[:, CONTEXT_SAMPLES:] = units
    inputs[1:, :CONTEXT_SAMPLES] = units[:-1, -CONTEXT_SAMPLES:]
    row = 0
    for share in shares:
        inputs[row, :CONTEXT_SAMPLES] = share.state.context
        share.state.context = share.units[-1, -CONTEXT_SAMPLES:].copy()
        row += len(share.units)
    return inputs


def _judged_rows(shares: Sequence[Share[State]], quiet: list[bool]) -> list[list[int]]:
    """For each share, which rows of the batch the model must see."""
    rows, row = [], 0
    for share in shares:
        count = len(share.units)
        needed, share.state.quiet_windows = gate.judged(share.state.quiet_windows, quiet[row : row + count])
        rows.append([row + index for index in needed])
        row += count
    return rows


def _split(probabilities: FloatSamples, shares: Sequence[Share[State]]) -> list[list[float]]:
    """Each share's part of the batch."""
    flat: list[float] = probabilities.tolist()
    ends = list(accumulate(len(share.units) for share in shares))
    return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _loaded(silence_dbfs: float) -> Judge:
    """Read the weights and run the model once: 10 ms or so."""
    file = resources.files("ovos_voice_agent.engines").joinpath(*_WEIGHTS)
    try:
        with file.open("rb") as stream:
            judge = Judge(SileroModel.load(stream), silence_dbfs)
        judge([Share(State(), np.zeros((1, WINDOW_SAMPLES), np.float32))])
    except (OSError, ValueError, KeyError) as error:
        message = "the weights of the Silero voice detector are missing or damaged: install the package again"
        raise EngineError(message, code="model_unavailable") from error
    return judge
