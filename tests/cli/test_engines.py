"""`engines` with the engines that are really installed."""

from __future__ import annotations

import pytest

from ovos_voice_agent.cli import main


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["engines"]) == 0
    return capsys.readouterr().out.splitlines()


def test_what_is_in_force_is_marked_and_says_how_good_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys)
    marked = [line.split()[1] for line in lines if line.startswith("  * ")]
    assert marked == ["dual", "pocketsphinx", "offline", "espeak-ng", "auto", "none"]
    text = " ".join(line.strip() for line in lines)
    assert text.count("Stays on this machine.") >= len(marked), "all in force, and others that are installed"
    assert text.count("Better: ") >= 3


def test_what_is_installed_but_not_set_up_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    openai = [line for line in lines_of(capsys) if line.startswith("    openai ")]
    assert len(openai) == 3
    assert all("Needs settings: model is needed" in line for line in openai)


def test_an_engine_set_up_elsewhere_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVOS_VOICE_AGENT_ENGINES__LLM__NAME", "openai")
    monkeypatch.setenv("OVOS_VOICE_AGENT_ENGINES__LLM__BASE_URL", "https://llm.example.org/v1")
    monkeypatch.setenv("OVOS_VOICE_AGENT_ENGINES__LLM__MODEL", "some-model")
    text = " ".join(line.strip() for line in lines_of(capsys))
    assert "* openai" in text
    assert "Sends what it gets to another server." in text


def test_an_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OVOS_VOICE_AGENT_ENGINES__TTS__NAME", "nobody")
    assert "  * nobody          is not installed." in lines_of(capsys)
