from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

import pytest

from ovos_voice_agent.app.sizing import capacity_here, cores_for
from ovos_voice_agent.config import ServerConfig
from ovos_voice_agent.engines.interface import Vad
from ovos_voice_agent.runtime.capacity import Capacity
from ovos_voice_agent.testing.fakes import EnergyVad


def size_up(vad: Vad, **server: Any) -> Capacity:
    async def run() -> Capacity:
        await vad.start()
        return await capacity_here(ServerConfig(**server), vad)

    return asyncio.run(run())


def test_what_is_configured_is_not_measured() -> None:
    assert size_up(EnergyVad(), capacity=40).sessions == {"speech": 40}


def test_what_is_found_out_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    capacity = size_up(EnergyVad())
    assert set(capacity.sessions) == {"silence", "noise", "speech"}
    [line] = [record for record in caplog.records if record.name.endswith("sizing")]
    assert vars(line)["sessions"] == capacity.sessions


class Broken(EnergyVad):
    """A detector that does not even say how long its windows are."""

    def __getattribute__(self, name: str) -> Any:
        if name == "window_samples":
            raise RuntimeError("broken")
        return super().__getattribute__(name)


def test_a_detector_that_breaks_does_not_keep_the_server_from_starting(caplog: pytest.LogCaptureFixture) -> None:
    assert size_up(Broken()).sessions == {}
    assert "could not be found out" in caplog.text


def test_cores_are_shared_among_those_who_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert (cores_for(1), cores_for(4), cores_for(16)) == (8.0, 2.0, 0.5)
