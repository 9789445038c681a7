"""An OVOS plugin as the voice detector. Such plugins say yes or no, so the session's `threshold` changes nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ovos_voice_agent.engines.interface import EngineInfo, FloatSamples
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.ovos.plugin import PluginOptions
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import Call, Worker

RESET = "reset"
_MODULE = "ovos_voice_agent.engines.ovos.vad_worker"
DEFAULT_WINDOW_SAMPLES = 480
"""30 ms: what the plugins around WebRTC's detector want, and the others take."""


def create(options: Mapping[str, Any]) -> OvosVad:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    reader = OptionReader(options)
    read = PluginOptions.read(reader, "vad")
    window = reader.maybe_integer("window_samples", 160, 1600) or DEFAULT_WINDOW_SAMPLES
    reader.finish()
    return OvosVad(read, window)


class OvosVad(WorkerEngine):
    """Implements `Vad`: one worker process per `workers`, in it one instance of the plugin per session."""

    def __init__(self, options: PluginOptions, window_samples: int) -> None:
        super().__init__(options.spec("the voice detector", _MODULE, "vad"), options.workers)
        self.window_samples = window_samples
        self._info = options.info("vad")

    @property
    def info(self) -> EngineInfo:
        return self._info

    def open(self) -> OvosVadStream:
        """A stream for one session. Raises EngineError before `start` and after `close`."""
        return OvosVadStream(self._freest())


class OvosVadStream:
    """Implements `VadStream`. When its process dies, what was asked of it is no speech, and the next one goes on."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._asked: deque[tuple[Callable[[Sequence[float]], None], int]] = deque()
        self._call = self._begin()

    def submit(self, windows: FloatSamples, deliver: Callable[[Sequence[float]], None]) -> None:
        if self._call.result.done() and not self._call.result.cancelled():
            self._call = self._begin()
        self._asked.append((deliver, len(windows)))
        pcm = (np.clip(windows, -1.0, 1.0) * 32767).astype("<i2")
        self._call.send([window.tobytes() for window in pcm])

    @property
    def silence(self) -> None:
        """A plugin judges all that comes."""

    def pass_over(self, count: int, level_dbfs: float) -> None:
        """Nothing is passed over."""

    def reset(self) -> None:
        self._call.send(RESET)

    def close(self) -> None:
        self._call.drop()

    def _begin(self) -> Call:
        call = self._worker.call({}, self._deliver)
        call.result.add_done_callback(self._lose)
        return call

    def _deliver(self, judged: Sequence[float]) -> None:
        deliver, _ = self._asked.popleft()
        deliver(judged)

    def _lose(self, result: asyncio.Future[Any]) -> None:
        while self._asked and not result.cancelled():
            deliver, count = self._asked.popleft()
            deliver([0.0] * count)
