"""Checks that `tests/cli/test_doctor.py` does not reach: whole models, little room."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from ovos_voice_agent.cli.checkup.settings import check_models
from ovos_voice_agent.weights.store import Store
from tests.weights.mirror import CONTENT, small_model

Usage = namedtuple("Usage", "total used free")


def test_a_whole_model_and_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model()
    monkeypatch.setattr("ovos_voice_agent.cli.checkup.settings.recommended", lambda: (model,))
    store = Store(tmp_path)
    store.folder_of(model).mkdir()
    for name, content in CONTENT.items():
        (store.folder_of(model) / name).write_bytes(content)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9, 9, 5_000_000))
    whole, room = check_models(store)
    assert (whole.level, whole.words) == ("good", "small is whole")
    assert room.words == f"{tmp_path} has 5 MB left"
