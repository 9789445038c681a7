from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.engines.stt.moonshine_worker import Cadence, Cutter, blocks

pytestmark = pytest.mark.extra

LOUD = np.full(1600, 0.3, np.float32)
QUIET = np.full(1600, 0.01, np.float32)


def test_looks_come_as_often_as_was_asked_for_where_they_cost_little() -> None:
    cadence = Cadence(0.5)
    assert not cadence.due(0.4, 1)
    assert cadence.due(0.5, 1)
    cadence.looked(0.5, took_s=0.1)
    assert not cadence.due(0.9, 1)
    assert cadence.due(1.0, 1)


def test_a_slow_machine_looks_less_often_and_less_still_for_many() -> None:
    cadence = Cadence(0.5)
    cadence.looked(1.0, took_s=0.4)
    assert not cadence.due(1.7, 1)
    assert cadence.due(1.9, 1)
    assert not cadence.due(4.0, 4)
    assert cadence.due(4.3, 4)
    cadence.looked(4.3, took_s=0.1)
    assert cadence.due(4.9, 1)


def cut_at_s(sound: list[np.ndarray]) -> float | None:
    cutter = Cutter()
    return next(((number + 1) / 10 for number, block in enumerate(sound) if cutter.push(block)), None)


def test_a_long_utterance_is_cut_in_its_first_pause_after_twenty_seconds() -> None:
    assert cut_at_s([*[LOUD] * 100, *[QUIET] * 20, *[LOUD] * 110, QUIET, *[LOUD] * 100]) == 23.1


def test_it_is_cut_somewhere_where_there_is_no_pause() -> None:
    assert cut_at_s([LOUD] * 400) == 30.0
    assert cut_at_s([LOUD] * 190) is None


def test_blocks_are_short_and_whole() -> None:
    lengths = [len(block) for block in blocks(bytes(2 * 4000 + 1))]
    assert lengths == [1600, 1600, 800]
    assert list(blocks(b"")) == []
    assert next(blocks(b"\x00\x80\xff\x7f")).tolist() == pytest.approx([-1, 1], abs=1e-4)
