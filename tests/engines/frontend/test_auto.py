"""The default takes what is installed."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.frontend import auto
from ovos_voice_agent.testing.contracts import check_frontend
from tests.recordings import samples_16k


def test_rnnoise_where_it_is_installed() -> None:
    assert auto.create({"strength": 0.5}).info.name == "rnnoise"


def test_else_none_and_it_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "find_spec", lambda name: None)
    engine = auto.create({})
    assert not engine.reduces_noise
    assert "rnnoise" in engine.info.better
    check_frontend(lambda: auto.create({}), samples_16k("goforward").tobytes())
