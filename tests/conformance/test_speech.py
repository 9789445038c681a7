"""The utterance and how it is cut."""

from __future__ import annotations

from array import array

import pytest

from ovos_voice_agent.conformance.speech import trimmed, utterance
from tests.recordings import recording

LOUD = array("h", [8000, -8000] * 1200).tobytes()
QUIET = bytes(9600)


def test_quiet_ends_are_cut() -> None:
    assert trimmed(QUIET + LOUD + QUIET) == LOUD


def test_silence_is_no_utterance() -> None:
    with pytest.raises(ValueError, match="silent"):
        trimmed(QUIET)


def test_the_shipped_utterance_is_short_speech() -> None:
    assert 1.0 < len(utterance()) / 48_000 < 2.0


def test_another_recording_can_be_said() -> None:
    assert 1.9 < len(utterance(recording("goforward"))) / 48_000 < 2.5
