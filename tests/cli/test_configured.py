"""Where the commands find the configuration."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from ovos_voice_agent.cli import main
from ovos_voice_agent.cli.configured import configuration

FULL_OF_MISTAKES = """
[server]
port = "abc"
session_limit_minutes = -1
[session]
silense = 1
[engines.stt]
name = "openai"
[engines.llm]
name = "openia"
[engines.tts]
pitch_wrong = 3
[engines.vad]
name = 3
treshold = 1
"""


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


@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_mistakes_of_the_server_and_of_its_engines_are_told_in_one_run(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "voice.toml"
    file.write_text(FULL_OF_MISTAKES)
    assert main([command, "--config", str(file)]) == 2
    heading, *problems = (line.strip() for line in capsys.readouterr().err.splitlines())
    assert heading == "The configuration has mistakes:"
    assert [problem.split()[0].rstrip(":") for problem in problems] == [
        "session.silense",
        "server.port",
        "server.session_limit_minutes",
        "engines.vad.name",
        "engines.stt.model",
        "engines.llm.name",
        "engines.tts.pitch_wrong",
    ]
