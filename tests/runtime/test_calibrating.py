"""What a session costs: with the default detector, and with detectors that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import Vad
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.runtime import calibrating
from ovos_voice_agent.runtime.calibrating import FRAME_S, FRAMES, SESSIONS, SETTLE_S, Clocks, calibrate, sound
from ovos_voice_agent.runtime.capacity import KINDS, Cost, Kind
from ovos_voice_agent.testing.fakes import EnergyVad


def costs_with(vad: Any, **more: Any) -> dict[Kind, Cost]:
    async def run() -> dict[Kind, Cost]:
        await vad.start()
        try:
            return await calibrate(vad, **more)
        finally:
            await vad.close()

    return asyncio.run(run())


def test_what_it_hears_is_what_it_says_and_the_same_every_time() -> None:
    levels = {}
    for kind in KINDS:
        made = sound(kind)
        assert made == sound(kind)
        assert len(made) == 2 * round((SETTLE_S[kind] + FRAMES * FRAME_S) * 24_000)
        levels[kind] = float(np.sqrt(np.mean((np.frombuffer(made, "<i2") / 32768.0) ** 2)))
    assert levels["silence"] == 0
    assert levels["noise"] == pytest.approx(0.002, rel=0.05)
    assert 0.03 < levels["speech"] < 0.3


def test_cpu_time_is_shared_out_among_sessions_and_frames() -> None:
    ticks = count()

    def clocks() -> Clocks:
        """Each measurement finds 0.12 s of the loop's thread and 0.24 s of all."""
        at = next(ticks)
        return Clocks(0.12 * at, 0.24 * at)

    costs = costs_with(EnergyVad(), clocks=clocks)
    each_s = SESSIONS * FRAMES * FRAME_S
    assert list(costs) == list(KINDS)
    for cost in costs.values():
        assert 0.12 / each_s < cost.loop < 0.12 / each_s + 0.25  # and what the system takes to hand a frame over
        assert cost.process - cost.loop == pytest.approx(0.12 / each_s)


def test_with_the_default_detector_what_is_heard_costs_and_silence_is_cheaper() -> None:
    vad: Vad = installed().create("vad", "dual", {})
    costs = costs_with(vad)
    assert 0 < costs["silence"].loop < costs["speech"].process
    assert costs["speech"].process > costs["speech"].loop  # the detector has a thread of its own


class Elsewhere(EnergyVad):
    """A detector that answers nothing."""

    def open(self) -> Any:
        class Stream:
            silence = None

            def submit(self, windows: Any, deliver: Callable[[Sequence[float]], None]) -> None: ...

            def reset(self) -> None: ...

            def close(self) -> None: ...

        return Stream()


def test_a_detector_that_does_not_answer_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "LIMIT_S", 0.05)
    assert costs_with(Elsewhere()) == {}


def test_it_leaves_nothing_behind() -> None:
    async def run() -> set[Any]:
        vad = EnergyVad()
        await vad.start()
        await calibrate(vad)
        await vad.close()
        await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(run()) == set()
