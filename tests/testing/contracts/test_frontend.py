"""The contract passes good front ends (see the engines' own tests); here it must catch bad ones."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.testing.contracts import check_frontend
from tests.testing.contracts.base import Base


class Frontend(Base):
    reduces_noise = True
    frame_samples = 160
    delay_samples = 0

    def __init__(self, fault: str = "") -> None:
        super().__init__("frontend")
        self._fault = fault
        self.before = np.zeros(160, np.float32)

    def open(self, options: Any) -> Any:
        return Frames(self, self._fault)


class Frames:
    def __init__(self, engine: Frontend, fault: str) -> None:
        self._engine, self._fault, self._first, self._open = engine, fault, True, True

    def submit(self, frames: Any, deliver: Any) -> None:
        frames = frames.copy()
        if self._fault == "shared state":
            frames += self._engine.before
            self._engine.before = frames[-1] if len(frames) else self._engine.before
        elif self._fault == "hears chunks" and self._first and len(frames):
            frames *= len(frames)
        elif self._fault == "hums":
            frames += 0.01
        elif self._fault == "late":
            frames = np.roll(frames, 12, axis=1)
        self._first = False
        cleaned = list(frames[1:] if self._fault == "loses some" else frames)
        asyncio.get_running_loop().call_soon(self._tell, deliver, cleaned)

    def _tell(self, deliver: Any, cleaned: list[Any]) -> None:
        if self._open or self._fault == "goes on":
            deliver(cleaned)

    def close(self) -> None:
        self._open = False


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("loses some", "a frame for each"),
        ("shared state", "two at once"),
        ("hears chunks", "chunks"),
        ("hums", "stays silence"),
        ("late", "as late as"),
        ("goes on", "after close"),
    ],
)
def test_bad_front_ends_are_caught(fault: str, told: str) -> None:
    sound = (8000 * np.random.default_rng(1).standard_normal(16_000)).astype("<i2").tobytes()
    check_frontend(Frontend, sound)
    with pytest.raises(AssertionError, match=told):
        check_frontend(lambda: Frontend(fault), sound)
