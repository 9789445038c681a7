"""Where the commands find the configuration."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from ovos_voice_agent.cli.configured import configuration


def file_with_port(folder: Path, port: int) -> Path:
    path = folder / f"{port}.toml"
    path.write_text(f"[server]\nport = {port}\n")
    return path


def test_the_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVOS_VOICE_AGENT_CONFIG", str(file_with_port(tmp_path, 1)))
    assert configuration(Namespace(config=None)).server.port == 1


def test_the_option_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVOS_VOICE_AGENT_CONFIG", str(file_with_port(tmp_path, 1)))
    assert configuration(Namespace(config=file_with_port(tmp_path, 2))).server.port == 2


def test_host_and_port_win_over_all(tmp_path: Path) -> None:
    server = configuration(Namespace(config=file_with_port(tmp_path, 1), host="::1", port=0)).server
    assert (server.host, server.port) == ("::1", 0)
