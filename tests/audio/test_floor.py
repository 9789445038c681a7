"""How loud the room is."""

from __future__ import annotations

import pytest

from ovos_voice_agent.audio.floor import FIRST_DBFS, LOUD_THRESHOLD, QUIETEST_DBFS, THRESHOLD, NoiseFloor


def after(*levels_dbfs: float) -> NoiseFloor:
    floor = NoiseFloor()
    for level in levels_dbfs:
        floor.hear(level)
    return floor


def test_it_follows_quiet_at_once_and_noise_slowly() -> None:
    assert after(*[-50.0] * 20, *[-70.0] * 10).dbfs == pytest.approx(-70.0, abs=1.0)
    assert after(*[-60.0] * 20, *[-20.0] * 31).dbfs == pytest.approx(-55.5, abs=0.3), "a second of speech"
    assert after(*[-60.0] * 20, *[-40.0] * 1000).dbfs == pytest.approx(-40.0)


def test_speech_with_gaps_leaves_it_alone() -> None:
    syllables = [-20.0] * 8 + [-60.0] * 2
    assert after(*syllables * 60).dbfs == pytest.approx(-60.0, abs=2.0)


def test_who_begins_with_speech_has_said_nothing_of_the_room() -> None:
    assert after(-20.0).dbfs == FIRST_DBFS
    assert after(-200.0).dbfs == QUIETEST_DBFS


def test_the_threshold_grows_with_the_noise_between_its_bounds() -> None:
    assert NoiseFloor().threshold == after(-80.0).threshold == after(-60.0).threshold == THRESHOLD
    assert THRESHOLD < after(*[-50.0] * 1000).threshold < LOUD_THRESHOLD
    assert after(*[-20.0] * 2000).threshold == LOUD_THRESHOLD
