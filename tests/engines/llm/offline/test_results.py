"""Outputs of tools as sentences."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.llm.offline.results import say_result


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ('{"success": true}', "Done."),
        ('{"success": false, "reason": "locked"}', "That did not work. Reason is locked."),
        ('{"error": {"message": "no such room"}}', "That did not work: No such room."),
        ("[]", "Nothing was found."),
        ('{"message": "The door is open"}', "The door is open."),
        ("plain words", "Plain words."),
        ("7", "The door is 7."),
        ("", "Done."),
        ("null", "Done."),
        ('{"distance_km": 3.5}', "Here is the door: distance is 3.5 kilometres."),
    ],
)
def test_sentences(output: str, said: str) -> None:
    assert say_result("get_door", "{}", output) == said
