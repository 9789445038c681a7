"""Findings: the command at the end of an error becomes what mends it."""

from __future__ import annotations

from ovos_voice_agent.cli.checkup.findings import Finding, good, hint, problem


def test_a_command_at_the_end_is_taken_out() -> None:
    found = problem("configuration", "engines.tts.name: needs x, which is not installed: pip install 'a[x]'")
    assert found == Finding(
        "problem", "configuration", "engines.tts.name: needs x, which is not installed", "pip install 'a[x]'"
    )
    assert problem("models", "m is not here: ovos-voice-agent models pull m").mend == "ovos-voice-agent models pull m"


def test_other_sentences_stay_as_they_are() -> None:
    assert problem("port", "it is: taken").words == "it is: taken"
    assert problem("port", "taken: pip install x", "another port").words == "taken: pip install x"
    assert good("a", "b").level == "good"
    assert hint("a", "b", "c") == Finding("hint", "a", "b", "c")
