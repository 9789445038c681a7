"""The Silero voice detector for all sessions of a process: one model, one worker thread, batches.

Rules:

- Everything of a session is in its `SileroStream`: about 2 kB.
- Silence is sifted out where it arrives and waits for no batch: however busy the model is, those who say nothing have
  nothing in its hands.
- numpy's BLAS runs with one thread in the whole process from `start` on: the matrices here are small, and threads that
  wait for each other cost more than they bring. `threadpoolctl` sets it in the loaded library, so it does not matter
  what was imported before or which environment variables are set.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import threadpoolctl

from ovos_voice_agent.engines.batch import Batcher, Lane, Share
from ovos_voice_agent.engines.interface import EngineInfo, FloatSamples, Silence
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.vad.gate import Gate
from ovos_voice_agent.engines.vad.judging import Judge
from ovos_voice_agent.engines.vad.sieve import Sieve
from ovos_voice_agent.engines.vad.silero_model import INPUT_SAMPLES, WINDOW_SAMPLES, SileroModel, State
from ovos_voice_agent.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ovos_voice_agent.engines.vad.silero_model import Webrtc

_WEIGHTS = ("vad", "data", "silero_vad_16k.npz")

INFO = EngineInfo(
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
    read = Options.read(options)
    return Silero(INFO, Gate(read.silence_dbfs), read.gather_ms)


class Silero:
    """Implements `Vad`: the network behind a gate."""

    def __init__(
        self,
        info: EngineInfo,
        gate: Gate,
        gather_ms: float,
        new_webrtc: Callable[[], Webrtc | None] = lambda: None,
    ) -> None:
        """`new_webrtc` makes WebRTC's detector for a stream, where the gate is to ask one."""
        self._info = info
        self._gate = gate
        self._gather_ms = gather_ms
        self._new_webrtc = new_webrtc
        self._batcher: Batcher[State, float] | None = None

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def window_samples(self) -> int:
        return WINDOW_SAMPLES

    async def start(self) -> None:
        """Load the weights and judge one window. Raises EngineError when the package's data is damaged."""
        threadpoolctl.threadpool_limits(limits=1, user_api="blas")
        judge = await asyncio.to_thread(_loaded)
        self._batcher = Batcher(judge, fallback=0.0, name="silero", gather_ms=self._gather_ms)

    def open(self) -> SileroStream:
        """A stream for one session. Raises EngineError before `start` and after `close`."""
        if self._batcher is None:
            raise EngineError("the voice detector is not running", code="model_unavailable")
        return SileroStream(self._batcher.open(), self._gate, self._new_webrtc)

    async def close(self) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()


class SileroStream:
    """Implements `VadStream`."""

    __slots__ = ("_gate", "_lane", "_new_webrtc", "_sieve", "_state")

    def __init__(self, lane: Lane[State, float], gate: Gate, new_webrtc: Callable[[], Webrtc | None]) -> None:
        self._lane = lane
        self._gate = gate
        self._new_webrtc = new_webrtc
        self._state = State()
        self._sieve = Sieve(gate, new_webrtc())

    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        """As `VadStream.submit`. Raises ValueError for windows that are not of shape (n, 512)."""
        if windows.ndim != 2 or windows.shape[1] != WINDOW_SAMPLES:
            raise ValueError(f"windows must have shape (n, {WINDOW_SAMPLES}), not {windows.shape}")
        inputs, places = self._sieve.sift(windows)
        if not places and self._lane.idle:
            deliver([0.0] * len(windows))
        else:
            self._lane.submit(self._state, inputs, partial(_in_their_places, deliver, places, len(windows)))

    @property
    def silence(self) -> Silence | None:
        """As `VadStream.silence`: known while the model need not hear what comes."""
        return self._sieve.silence

    def pass_over(self, count: int, level_dbfs: float) -> None:
        """As `VadStream.pass_over`: the noise of the room is followed, the network's memory stands still."""
        self._sieve.pass_over(count, level_dbfs)

    def reset(self) -> None:
        """As `VadStream.reset`: windows in flight keep the old state, later ones start from a new one."""
        self._state = State()
        self._sieve = Sieve(self._gate, self._new_webrtc())

    def close(self) -> None:
        self._lane.close()


def _in_their_places(
    deliver: Callable[[Sequence[float]], None], places: Sequence[int | None], count: int, judged: Sequence[float]
) -> None:
    """Deliver a probability for each of `count` windows: zero for those that the model need not have heard."""
    probabilities = [0.0] * count
    for place, probability in zip(places, judged, strict=True):
        if place is not None:
            probabilities[place] = probability
    deliver(probabilities)


def _loaded() -> Judge:
    """Read the weights and run the model once: 10 ms or so."""
    file = resources.files("ovos_voice_agent.engines").joinpath(*_WEIGHTS)
    try:
        with file.open("rb") as stream:
            judge = Judge(SileroModel.load(stream))
        judge([Share(State(), np.zeros((1, INPUT_SAMPLES), np.float32))])
    except (OSError, ValueError, KeyError) as error:
        message = "the weights of the Silero voice detector are missing or damaged: install the package again"
        raise EngineError(message, code="model_unavailable") from error
    return judge
