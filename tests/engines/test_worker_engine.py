"""The life of an engine with several processes: they start together, fail together, and share the work."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import Recovering
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import WorkerSpec
from ovos_voice_agent.errors import EngineError

pytestmark = pytest.mark.real


class Echoes(WorkerEngine):
    """Keeps what its processes say."""

    told: Any = None

    def _take_description(self, described: Any) -> None:
        self.told = described


@pytest.fixture(autouse=True)
def _find_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def echoes(**options: Any) -> Echoes:
    return Echoes(WorkerSpec("the echo", "tests.engines.echo_worker", options, brief=True), workers=2)


def test_processes_start_together_and_end_together() -> None:
    async def scene() -> None:
        engine = echoes(greeting="hello")
        assert isinstance(engine, Recovering)
        assert (engine.ready, engine.pids, engine.told) == (False, [], None)
        await engine.start()
        assert (engine.ready, len(set(engine.pids)), engine.told) == (True, 2, "hello")
        pids = engine.pids
        await engine.close()
        assert (engine.ready, engine.pids) == (False, [])
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    asyncio.run(scene())


def test_a_failed_start_leaves_nothing_running() -> None:
    async def scene() -> None:
        engine = echoes(broken=True)
        with pytest.raises(EngineError, match="no model"):
            await engine.start()
        assert engine.pids == []
        await engine.close()

    asyncio.run(scene())


def test_those_who_still_start_when_one_fails_are_not_waited_for(tmp_path: Path) -> None:
    async def scene() -> None:
        engine = echoes(one_breaks=str(tmp_path / "broken"))
        with pytest.raises(EngineError, match="no model"):
            await asyncio.wait_for(engine.start(), 20)  # a start may take 30 s
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scene())


def test_work_goes_to_the_freest() -> None:
    async def scene() -> None:
        engine = echoes()
        await engine.start()
        first = engine._freest()
        call = first.call("body", lambda _: None)
        assert engine._freest() is not first
        call.send("end")
        await call.result
        await engine.close()

    asyncio.run(scene())
