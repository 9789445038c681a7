"""What the worker processes of neural voices have in common: one sentence is one call of a model.

Nothing can be stopped inside that call, so sentences are short; between calls whoever was dropped is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait

Samples = npt.NDArray[np.float32]
Synthesise = Callable[[Mapping[str, Any]], Iterator[tuple[Samples, int]]]
"""A sentence (`text`, `voice`, `speed`, `language`) -> pieces of mono samples in -1..1, each with its rate in hertz."""


class SentenceService:
    """Implements `Service` around a model."""

    def __init__(self, synthesise: Synthesise, rate_hz: int) -> None:
        self._synthesise = synthesise
        self._rate_hz = rate_hz

    def describe(self) -> dict[str, Any]:
        return {"rate_hz": self._rate_hz}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._speak(body, desk)

    def _speak(self, body: Any, desk: Desk) -> Task:
        yield Wait.TURN
        if not any(character.isalnum() for character in body["text"]):
            return
        for samples, rate_hz in self._synthesise(body):
            if len(samples):
                desk.emit(pcm(samples, rate_hz, self._rate_hz))
            yield Wait.TURN


def pcm(samples: Samples, rate_hz: int, wanted_hz: int) -> bytes:
    """Int16 at the wanted rate. Louder than full scale is cut off; nothing is made louder, so sentences stay alike."""
    if rate_hz != wanted_hz:
        resampler = Resampler(rate_hz, wanted_hz)
        samples = np.concatenate((resampler.push(samples), resampler.flush()))
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def onnx_session(path: str, threads: int) -> Any:
    """A model that uses so many threads and does not spin while it waits."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
