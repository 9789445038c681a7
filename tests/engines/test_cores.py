"""Cores are divided among those who serve together."""

from __future__ import annotations

import os

import pytest

from ovos_voice_agent.engines.cores import CREW, cores


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv(CREW, raising=False)
    return monkeypatch


@pytest.mark.parametrize(("crew", "expected"), [(None, 8), ("1", 8), ("2", 4), ("3", 2), ("16", 1), ("x", 8), ("0", 8)])
def test_each_process_has_its_part_and_at_least_one(
    eight_cores: pytest.MonkeyPatch, crew: str | None, expected: int
) -> None:
    if crew is not None:
        eight_cores.setenv(CREW, crew)
    assert cores() == expected
