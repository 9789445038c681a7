"""The command line as a person meets it: help, mistakes, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ovos_voice_agent import __version__
from ovos_voice_agent.cli import main


@pytest.mark.parametrize("command", [[], ["serve"], ["talk"], ["engines"], ["check-config"]])
def test_help_shows_examples(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    assert f"  ovos-voice-agent {' '.join(command)}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"ovos-voice-agent {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["serve", "--port", "many"], ["talk", "--wav", "a", "--text", "b"]]
)
def test_what_cannot_be_understood_is_a_mistake(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: ovos-voice-agent" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "check-config", "engines"])
def test_all_mistakes_of_the_configuration_before_anything_else(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "voice.toml"
    file.write_text("[server]\nport = 'x'\nprot = 1\n")
    assert main([command, "--config", str(file)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "The configuration has mistakes:",
        "  server.prot: there is no such key; did you mean server.port?",
        "  server.port: must be a whole number from 0 to 65535",
    ]


@pytest.mark.real
def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "ovos_voice_agent", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1] == __version__
