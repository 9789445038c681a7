"""How long a detector takes to answer, with one that answers when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.runtime.probing import EVERY_S, DetectorProbe
from ovos_voice_agent.testing.fakes import EnergyVad


class Slow(EnergyVad):
    """Answers when `answer` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Callable[[Sequence[float]], None]] = []
        self.resets = 0
        self.closed = False

    def open(self) -> Any:
        return self

    def submit(self, windows: Any, deliver: Callable[[Sequence[float]], None]) -> None:
        assert windows.shape == (1, self.window_samples)
        self.asked.append(deliver)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> Any:  # of the stream
        self.closed = True

    def answer(self) -> None:
        self.asked.pop()([1.0])


class Scene:
    def __init__(self) -> None:
        self.now = 0.0
        self.wanted = True
        self.noted: list[float] = []
        self.vad = Slow()
        self.probe = DetectorProbe(self.vad, self.noted.append, lambda: self.wanted, lambda: self.now)


def test_what_is_noted_is_how_late_the_answer_is_or_will_be() -> None:
    async def run() -> Scene:
        scene = Scene()
        scene.probe.start()
        scene.probe.look()
        scene.now = 0.25
        scene.probe.look()  # still open: no second question
        assert len(scene.vad.asked) == 1
        scene.now = 0.5
        scene.vad.answer()
        scene.probe.look()
        scene.now = 0.75
        scene.vad.answer()
        scene.probe.stop()
        scene.probe.stop()
        return scene

    scene = asyncio.run(run())
    assert scene.noted == [0.25, 0.5, 0.25]
    assert (scene.vad.resets, scene.vad.closed) == (2, True)


def test_nobody_is_asked_while_there_is_nobody_to_wait() -> None:
    async def run() -> None:
        scene = Scene()
        scene.wanted = False
        scene.probe.start()
        scene.probe.look()
        scene.probe.stop()
        assert scene.vad.asked == []

    asyncio.run(run())


def test_the_default_detector_answers_every_time_by_its_network() -> None:
    async def run() -> list[float]:
        noted: list[float] = []
        enough = asyncio.Event()

        def note(late_s: float) -> None:
            noted.append(late_s)
            if len(noted) == 3:
                enough.set()

        vad: Any = installed().create("vad", "dual", {})
        await vad.start()
        probe = DetectorProbe(vad, note, lambda: True)
        probe.start()
        await asyncio.wait_for(enough.wait(), 20 * EVERY_S + 20)
        probe.stop()
        await vad.close()
        return noted

    assert all(late_s > 0 for late_s in asyncio.run(run()))
