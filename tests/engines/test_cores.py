"""Who serves together leaves the rest of the cores to engines."""

from __future__ import annotations

import os

import pytest

from ovos_voice_agent.engines.cores import CREW, spare_cores


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv(CREW, raising=False)
    return monkeypatch


@pytest.mark.parametrize(("crew", "expected"), [(None, 7), ("1", 7), ("2", 6), ("7", 1), ("16", 1), ("x", 7), ("0", 7)])
def test_each_serving_process_has_one_and_engines_have_the_rest(
    eight_cores: pytest.MonkeyPatch, crew: str | None, expected: int
) -> None:
    if crew is not None:
        eight_cores.setenv(CREW, crew)
    assert spare_cores() == expected
