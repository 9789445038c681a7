"""The worker process around an OVOS voice detector: an instance for each session, for they remember what they heard."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.engines.ovos.loading import load
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

RESET = "reset"


class Detectors:
    """Implements `Service`: input is a list of windows (mono int16), or `RESET`; items are as many times 0.0 or 1.0."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._class, self._config = load(options)
        self._new().is_silence(bytes(960))

    def describe(self) -> dict[str, Any]:
        return {}

    def begin(self, _body: Any, desk: Desk) -> Task:
        return self._judge(desk)

    def _judge(self, desk: Desk) -> Task:
        detector = self._new()
        while True:
            while (windows := desk.take()) is not None:
                if windows == RESET:
                    detector.reset()
                else:
                    desk.emit([0.0 if detector.is_silence(window) else 1.0 for window in windows])
            yield Wait.INPUT

    def _new(self) -> Any:
        return self._class(config=copy.deepcopy(self._config), sample_rate=ENGINE_RATE_HZ)


if __name__ == "__main__":
    serve(Detectors)
