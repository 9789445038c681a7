"""The contract passes good turn models (see the engines' own tests); here it must catch bad ones."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.testing.contracts import check_turn
from tests.testing.contracts.base import Base

SPEECH = (8000 * np.sin(np.arange(16_000))).astype("<i2").tobytes()


class Turn(Base):
    window_samples = 8000

    def __init__(self, fault: str = "") -> None:
        super().__init__("turn")
        self.fault = fault
        self.asked = 0

    def open(self) -> Stream | None:
        return None if self.fault == "no model" else Stream(self)


class Stream:
    def __init__(self, engine: Turn) -> None:
        self._engine, self._open = engine, True

    def ask(self, samples: Any, deliver: Any) -> None:
        fault = self._engine.fault
        self._engine.asked += 1
        level = float(np.abs(samples).max()) if len(samples) or fault == "hears nothing ill" else 0.0
        answer = 2.0 if fault == "sure" else level
        if fault == "shared state":
            answer = 1 / self._engine.asked
        if fault == "blocks" and len(samples) > 100_000:
            until_s = time.thread_time() + 0.1
            while time.thread_time() < until_s:
                pass

        def tell() -> None:
            if self._open or fault == "late":
                deliver(answer)

        asyncio.get_running_loop().call_soon(tell)

    def close(self) -> None:
        self._open = False


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("sure", "probabilities"),
        ("shared state", "two at once"),
        ("late", "after close"),
        ("blocks", "event loop"),
    ],
)
def test_bad_turn_models_are_caught(fault: str, told: str) -> None:
    check_turn(Turn, SPEECH)
    with pytest.raises(AssertionError, match=told):
        check_turn(lambda: Turn(fault), SPEECH)


def test_one_that_fails_without_audio_is_caught() -> None:
    with pytest.raises(ValueError, match="zero-size"):
        check_turn(lambda: Turn("hears nothing ill"), SPEECH)


def test_without_a_model_there_is_nothing_to_keep() -> None:
    check_turn(lambda: Turn("no model"), SPEECH)
