"""What every engine must keep, whatever its kind."""

from __future__ import annotations

import asyncio
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.contracts.running import fails, in_pieces, repeated, run, running, stops, watched_loop
from tests.testing.contracts.base import Base

ROOT = Path(__file__).parents[3]
GROUP = "ovos_voice_agent."
ENGINES = [
    (group.removeprefix(GROUP), value.partition(":")[0].removeprefix("ovos_voice_agent.engines."))
    for group, points in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "entry-points"
    ].items()
    if group.startswith(GROUP)
    for value in points.values()
]


@pytest.mark.parametrize(("kind", "module"), sorted(set(ENGINES)))
def test_each_engine_in_the_box_is_held_to_its_contract(kind: str, module: str) -> None:
    folder, _, name = module.rpartition(".")
    tests = ROOT / "tests" / "engines" / folder.replace(".", "/") / f"test_{name}.py"
    assert f"check_{kind}(" in tests.read_text(encoding="utf-8")


class Engine(Base):
    def __init__(self, fault: str = "") -> None:
        super().__init__("tts")
        self.closed = 0
        self.ready = fault != "never ready"
        self._fault = fault

    async def close(self) -> None:
        self.closed += 1
        if self._fault == "closes once" and self.closed > 1:
            raise AssertionError("closed twice")


def live(fault: str = "", kind: Any = "tts") -> list[Engine]:
    """The engines that were made in the course of a life."""
    made: list[Engine] = []

    def make() -> Engine:
        made.append(Engine(fault))
        return made[-1]

    async def scene() -> None:
        async with running(make, kind):
            assert made[-1].closed == 0

    run(scene())
    return made


def test_one_is_closed_without_a_start_and_another_twice() -> None:
    assert [engine.closed for engine in live()] == [1, 2]


@pytest.mark.parametrize(("fault", "told"), [("never ready", "started is ready"), ("closes once", "closed twice")])
def test_bad_lives_are_caught(fault: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        live(fault)


def test_an_engine_of_another_kind_is_caught() -> None:
    with pytest.raises(AssertionError, match="the kind"):
        live(kind="stt")


def test_an_error_of_another_family_is_none() -> None:
    async def end(error: Exception | None) -> None:
        if error:
            raise error

    asyncio.run(fails(end(EngineError("gone"))))
    with pytest.raises(AssertionError, match="is an EngineError"):
        asyncio.run(fails(end(None)))
    with pytest.raises(OSError, match="pipe"):
        asyncio.run(fails(end(OSError("pipe"))))


def test_an_error_instead_of_an_end_is_caught() -> None:
    async def angry() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise EngineError("not now") from None

    with pytest.raises(AssertionError, match="quietly"):
        asyncio.run(stops(angry(), "work"))


def test_a_blocked_loop_is_caught() -> None:
    async def scene() -> None:
        async with watched_loop():
            until_s = time.thread_time() + 0.1
            while time.thread_time() < until_s:
                pass

    with pytest.raises(AssertionError, match="kept busy"):
        asyncio.run(scene())


def test_sound_is_made_longer_and_cut() -> None:
    sound = np.arange(5, dtype=np.float32)
    assert repeated(sound, 7 / 16_000).tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert in_pieces(sound, 2).tolist() == [[0, 1], [2, 3]]
