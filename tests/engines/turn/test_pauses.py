"""What is learned of a speaker's pauses."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.turn.pauses import HIGHEST_MS, LOWEST_MS, TYPICAL_MS, SpeakerPauses


def after(*pauses_ms: float, cut_off: bool = False) -> float:
    speaker = SpeakerPauses()
    for pause_ms in pauses_ms:
        speaker.heard(pause_ms, cut_off=cut_off)
    return speaker.middle_ms


def test_everybody_begins_alike() -> None:
    assert after() == pytest.approx(TYPICAL_MS)


def test_some_ten_pauses_are_believed() -> None:
    assert TYPICAL_MS < after(700.0) < after(*[700.0] * 4) < after(*[700.0] * 10)
    assert after(*[700.0] * 10) > 500
    assert after(*[150.0] * 10) < 220


def test_a_pause_that_was_cut_off_counts_more() -> None:
    assert after(800.0, cut_off=True) > after(800.0)


def test_sounds_and_new_turns_teach_nothing() -> None:
    assert after(96.0, 5_000.0) == after()


def test_it_has_bounds_and_forgets() -> None:
    assert after(*[3_000.0] * 50) == HIGHEST_MS
    assert after(*[128.0] * 50) == LOWEST_MS
    assert after(*[900.0] * 20, *[200.0] * 20) < 300
