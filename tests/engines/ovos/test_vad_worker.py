from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.engines.ovos.vad_worker import RESET, Detectors

pytestmark = pytest.mark.extra


class LoudPlugin:
    """Hears everything that is not zero; counts how often it was told to forget."""

    resets = 0

    def __init__(self, config: dict[str, Any], sample_rate: int) -> None:
        assert sample_rate == 16_000

    def is_silence(self, chunk: bytes) -> bool:
        return not any(chunk)

    def reset(self) -> None:
        type(self).resets += 1


class Desk:
    def __init__(self, *given: Any) -> None:
        self._given, self.items = list(given), []

    def take(self) -> Any:
        return self._given.pop(0) if self._given else None

    def emit(self, body: Any) -> None:
        self.items.append(body)


def test_windows_are_judged_in_order_and_a_session_can_forget() -> None:
    detectors = object.__new__(Detectors)
    vars(detectors).update(_class=LoudPlugin, _config={})
    desk = Desk([bytes(4), b"\1\1"], RESET, [b"\1\1"])
    next(detectors.begin({}, desk))
    assert desk.items == [[0.0, 1.0], [1.0]]
    assert LoudPlugin.resets == 1
