from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ovos_voice_agent.engines.sentence_worker import Samples, SentenceService, pcm


class Desk:
    def __init__(self) -> None:
        self.items: list[bytes] = []

    def take(self) -> None:
        return None

    def emit(self, body: bytes) -> None:
        self.items.append(body)


def two_pieces(_body: Mapping[str, Any]) -> Iterator[tuple[Samples, int]]:
    yield np.full(100, 0.5, np.float32), 16_000
    yield np.zeros(0, np.float32), 16_000


def test_pieces_go_out_as_they_are_made() -> None:
    desk = Desk()
    turns = list(SentenceService(two_pieces, 16_000).begin({"text": "hello"}, desk))
    assert len(turns) == 3
    assert [len(item) for item in desk.items] == [200]


def test_signs_without_words_are_not_spoken() -> None:
    desk = Desk()
    list(SentenceService(two_pieces, 16_000).begin({"text": " ...! "}, desk))
    assert desk.items == []


def test_samples_are_brought_to_the_wanted_rate_and_within_full_scale() -> None:
    assert np.frombuffer(pcm(np.array([2.0, -2.0, 0.5], np.float32), 8000, 8000), "<i2").tolist() == [
        32767,
        -32767,
        16383,
    ]
    assert len(pcm(np.zeros(22_050, np.float32), 22_050, 16_000)) == 2 * 16_000
