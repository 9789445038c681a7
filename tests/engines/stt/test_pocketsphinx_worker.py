"""Decoders hold 93 MB and the GIL, but in tests of them alone that is fine: no event loop runs here."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from ovos_voice_agent.engines.stt.pocketsphinx_worker import Recogniser
from ovos_voice_agent.engines.worker_loop import Wait
from tests.recordings import samples_16k, transcript

pytestmark = pytest.mark.real


class Desk:
    def __init__(self, *inputs: bytes) -> None:
        self.inbox = deque(inputs)
        self.emitted: list[Any] = []

    def take(self) -> bytes | None:
        return self.inbox.popleft() if self.inbox else None

    def emit(self, body: Any) -> None:
        self.emitted.append(body)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser({"streams": 1})


def hear(recogniser: Recogniser, *inputs: bytes, mean: str | None = None, partials: bool = True) -> tuple[Any, Desk]:
    desk = Desk(*inputs, b"")
    work = recogniser.begin({"mean": mean, "partials": partials}, desk)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value, desk


def text(result: Any) -> str:
    return " ".join(word for word, *_ in result["words"])


def test_the_cutting_does_not_matter(recogniser: Recogniser) -> None:
    pcm = samples_16k("goforward").tobytes()
    whole, _ = hear(recogniser, pcm)
    pieces, _ = hear(recogniser, *(pcm[start : start + 334] for start in range(0, len(pcm), 334)))
    assert text(whole) == transcript("goforward")
    assert whole == pieces


def test_partials_only_on_request(recogniser: Recogniser) -> None:
    pcm = samples_16k("goforward").tobytes()
    assert hear(recogniser, pcm, partials=False)[1].emitted == []
    assert hear(recogniser, pcm)[1].emitted != []


def test_words_become_stable_while_a_recording_that_is_there_as_a_whole_is_decoded(recogniser: Recogniser) -> None:
    result, desk = hear(recogniser, samples_16k("cards_005").tobytes())
    stable = [text for text in dict.fromkeys(item[0] for item in desk.emitted) if text]
    assert len(stable) > 2
    assert text(result).split()[:3] == stable[-1].split()[:3]


def test_a_mean_from_before_is_used_and_handed_on(recogniser: Recogniser) -> None:
    first, _ = hear(recogniser, samples_16k("goforward").tobytes())
    second, _ = hear(recogniser, samples_16k("something").tobytes(), mean=first["mean"])
    assert text(second) == transcript("something")
    assert second["mean"] != first["mean"]


@pytest.mark.parametrize("count", [0, 2, 1600, 3200, 6400])
def test_short_and_silent_audio_has_no_words(recogniser: Recogniser, count: int) -> None:
    result, desk = hear(recogniser, bytes(count))
    assert result == {"words": [], "mean": None}
    assert desk.emitted == []


def test_a_dropped_utterance_gives_its_decoder_back(recogniser: Recogniser) -> None:
    desk = Desk(samples_16k("goforward").tobytes())
    work = recogniser.begin({"mean": None, "partials": True}, desk)
    assert next(work) is Wait.TURN
    waiting = recogniser.begin({"mean": None, "partials": True}, Desk(b""))
    assert next(waiting) is Wait.PEER
    work.close()
    with pytest.raises(StopIteration):
        next(waiting)
