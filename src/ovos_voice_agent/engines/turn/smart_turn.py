"""smart-turn: a small network that hears, by the melody of the last eight seconds, whether a person has finished.

Rules:

- One model and one worker thread for all sessions; questions that come together are answered one after the other, and
  the one that waits longest goes first. A question takes about 70 ms of one core: once per pause is enough.
- The model is a file: given by path, or by the catalogue's name once it was pulled, or found in an installed
  `pipecat-ai`, which carries it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ovos_voice_agent.engines.batch import Batcher, Lane, Share
from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.turn.mel import BANDS, HOP_SAMPLES, RATE_HZ, log_mel
from ovos_voice_agent.errors import EngineError

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import FloatSamples

need("onnxruntime")

WINDOW_SAMPLES = 8 * RATE_HZ
_CARRIED = Path("audio", "turn", "smart_turn", "data")
_PATTERN = "smart-turn-v3*cpu.onnx"
_INPUT, _OUTPUT = "input_features", "logits"
_SHAPE = [BANDS, WINDOW_SAMPLES // HOP_SAMPLES]

_INFO = EngineInfo(
    kind="turn",
    name="smart-turn",
    quality="hears whether a sentence is finished: right for 85 % of whole ones and 57 % of those cut off, read aloud",
)


@dataclass(frozen=True, slots=True)
class Options:
    """`model`: the file `smart-turn-v3.2-cpu.onnx`."""

    model: Path

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key, and a file that is missing."""
        reader = OptionReader(options)
        named = reader.text("model")
        model = Path(named).expanduser() if named else _carried()
        if model is None:
            reader.problems.append("model must name the file smart-turn-v3.2-cpu.onnx, or smart-turn once it is pulled")
        elif not model.is_file():
            reader.problems.append("model names no file that is here")
        reader.finish()
        assert model is not None
        return cls(model)


def create(options: Mapping[str, Any]) -> SmartTurn:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    return SmartTurn(Options.read(options))


class SmartTurn:
    """Implements `TurnModel`."""

    info = _INFO
    window_samples = WINDOW_SAMPLES

    def __init__(self, options: Options) -> None:
        self._options = options
        self._batcher: Batcher[None, float] | None = None

    async def start(self) -> None:
        """Load the model and ask it once. Raises EngineError when the file is no such model."""
        model = await asyncio.to_thread(_loaded, self._options.model)
        self._batcher = Batcher(model, fallback=0.5, name="smart-turn", lanes_at_once=4, units_at_once=1, gather_ms=0.0)

    def open(self) -> SmartTurnStream:
        """For one session. Raises EngineError before `start` and after `close`."""
        if self._batcher is None:
            raise EngineError("the turn model is not running", code="model_unavailable")
        return SmartTurnStream(self._batcher.open())

    async def close(self) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()


class SmartTurnStream:
    """Implements `TurnStream`."""

    def __init__(self, lane: Lane[None, float]) -> None:
        self._lane = lane

    def ask(self, samples: FloatSamples, deliver: Callable[[float], None]) -> None:
        """As `TurnStream.ask`: of more than eight seconds the last are heard."""
        window = np.zeros((1, WINDOW_SAMPLES), np.float32)
        heard = samples[-WINDOW_SAMPLES:]
        window[0, WINDOW_SAMPLES - len(heard) :] = heard
        self._lane.submit(None, window, partial(_first, deliver))

    def close(self) -> None:
        self._lane.close()


def _first(deliver: Callable[[float], None], results: Sequence[float]) -> None:
    deliver(results[0])


class _Network:
    """The model of the batcher: windows -> probabilities. Runs in the worker thread."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def fits(self) -> bool:
        """Whether it takes what we give and gives what we take."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        return (
            [one.name for one in inputs] == [_INPUT]
            and list(inputs[0].shape[1:]) == _SHAPE
            and _OUTPUT in [one.name for one in outputs]
        )

    def __call__(self, shares: Sequence[Share[None]]) -> list[list[float]]:
        return [[self._judge(window) for window in share.units] for share in shares]

    def _judge(self, window: FloatSamples) -> float:
        # The output is called logits, and is a probability already.
        [output] = self._session.run([_OUTPUT], {_INPUT: log_mel(_normal(window))[None]})
        return min(max(float(output.ravel()[0]), 0.0), 1.0)


def _normal(window: FloatSamples) -> FloatSamples:
    """Zero mean and unit variance, as the model was trained."""
    normal: FloatSamples = (window - window.mean()) / np.sqrt(window.var() + np.float32(1e-7))
    return normal


def _loaded(path: Path) -> _Network:
    """Read the file and ask once: half a second."""
    try:
        network = _Network(path)
        if not network.fits():
            raise ValueError("other inputs or outputs")
        network([Share(None, np.zeros((1, WINDOW_SAMPLES), np.float32))])
    except Exception as error:  # onnxruntime has errors of its own for each fault of a file
        raise EngineError("the file of the turn model is not smart-turn v3", code="model_unavailable") from error
    return network


def _carried() -> Path | None:
    """The model that an installed pipecat-ai carries, found without importing it."""
    spec = find_spec("pipecat")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder, _CARRIED).glob(_PATTERN)):
            return path
    return None
