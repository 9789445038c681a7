"""How long the detector makes sessions wait, found out by asking it as a session does.

Rules: ten times a second, while there are sessions enough, one window of loud noise is put in line behind theirs. Its
stream starts afresh each time, so that no gate takes it for a sound that it knows. What is not answered yet is as late
as it is by now.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import Vad, VadStream

EVERY_S = 0.1
_LOUD = 0.1
_SEED = 1


class DetectorProbe:
    """On the event loop, from `start` to `stop`. `note` is told in seconds."""

    def __init__(
        self,
        vad: Vad,
        note: Callable[[float], None],
        wanted: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vad = vad
        self._note = note
        self._wanted = wanted
        self._clock = clock
        self._asked_s: float | None = None
        self._stream: VadStream | None = None
        self._handle: asyncio.TimerHandle | None = None
        noise = _LOUD * np.random.default_rng(_SEED).standard_normal((1, vad.window_samples))
        self._window = noise.astype(np.float32)

    def start(self) -> None:
        """`vad` is started. Raises EngineError."""
        self._stream = self._vad.open()
        self._wait()

    def stop(self) -> None:
        """Safe to call twice, and without `start`."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def look(self) -> None:
        """Ask, unless the last question is still open."""
        assert self._stream is not None
        if self._asked_s is not None:
            self._note(self._clock() - self._asked_s)
        elif self._wanted():
            self._asked_s = self._clock()
            self._stream.reset()
            self._stream.submit(self._window, self._answered)

    def _wait(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(EVERY_S, self._go_on)

    def _go_on(self) -> None:
        self._wait()
        self.look()

    def _answered(self, _: Sequence[float]) -> None:
        if self._asked_s is not None:
            self._note(self._clock() - self._asked_s)
            self._asked_s = None
