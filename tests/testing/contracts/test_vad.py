"""The contract passes good detectors (see the engines' own tests); here it must catch bad ones."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.testing.contracts import check_vad
from ovos_voice_agent.testing.contracts import vad as contract
from tests.testing.contracts.base import Base

SPEECH = (8000 * np.sin(np.arange(16_000))).astype("<i2").tobytes()


class Vad(Base):
    window_samples = 512

    def __init__(self, fault: str = "") -> None:
        super().__init__("vad")
        self.fault = fault
        self.heard = 0

    def open(self) -> Stream:
        return Stream(self)


class Stream:
    """Any sound is speech."""

    def __init__(self, engine: Vad) -> None:
        self._engine, self._open = engine, True

    def submit(self, windows: Any, deliver: Any) -> None:
        fault, engine = self._engine.fault, self._engine
        found = [float(np.abs(window).max() > 0.01) for window in windows]
        found = {"deaf": [0.0], "jumpy": [1.0], "sure": [1.5]}.get(fault, [])[:1] * len(found) or found
        if fault == "shared state":
            found = [one * (engine.heard + number) % 2 for number, one in enumerate(found)]
            engine.heard += len(found)
        if fault == "counts nothing" and not found:
            found = [0.0]
        if fault == "blocks" and len(found) > 1000:
            until_s = time.thread_time() + 0.1
            while time.thread_time() < until_s:
                pass

        def tell() -> None:
            if self._open or fault == "late":
                deliver(found)

        asyncio.get_running_loop().call_soon(tell)

    def reset(self) -> None:
        """No state."""

    def close(self) -> None:
        self._open = False


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("deaf", "noticed"),
        ("jumpy", "silence"),
        ("sure", "probabilities"),
        ("counts nothing", "none for none"),
        ("shared state", "two at once"),
        ("late", "after close"),
        ("blocks", "event loop"),
    ],
)
def test_bad_detectors_are_caught(fault: str, told: str) -> None:
    check_vad(Vad, SPEECH)
    with pytest.raises(AssertionError, match=told):
        check_vad(lambda: Vad(fault), SPEECH)


def test_a_detector_that_is_not_back_after_its_workers_death_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "RECOVERY_S", 0.3)

    def deafen(engine: Vad) -> None:
        engine.fault = "deaf"

    check_vad(Vad, SPEECH, lambda _: None)
    with pytest.raises(AssertionError, match="hears again"):
        check_vad(Vad, SPEECH, deafen)
