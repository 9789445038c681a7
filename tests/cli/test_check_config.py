"""`check-config` with the engines that are really installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ovos_voice_agent.cli import main


def test_nothing_configured_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config"]) == 0
    assert capsys.readouterr().out == (
        "The configuration is good: 127.0.0.1:8000, vad dual, stt pocketsphinx, llm offline, tts espeak-ng, "
        "frontend auto, turn none.\n"
    )


def test_engines_mistakes_are_told_by_their_keys_and_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "voice.toml"
    file.write_text("[engines.vad]\ntreshold = 1\n[engines.stt]\nname = 'nobody'\n[engines.llm]\nname = 'openai'\n")
    assert main(["check-config", "--config", str(file)]) == 2
    heading, *problems = capsys.readouterr().err.splitlines()
    assert heading == "The configuration has mistakes:"
    keys = [problem.split()[0].rstrip(":") for problem in problems]
    assert keys == ["engines.vad.treshold", "engines.stt.name", "engines.llm.model"]
    assert re.search(r"there are: auto, faster-whisper, .*pocketsphinx, sherpa-onnx", problems[1])


def test_a_folder_of_personas_that_is_not_there_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "voice.toml"
    file.write_text(f"[session]\npersonas = '{tmp_path / 'nowhere'}'\n")
    assert main(["check-config", "--config", str(file)]) == 2
    assert f"session.personas: there is no folder {tmp_path / 'nowhere'}" in capsys.readouterr().err
