"""The recogniser that knows what is played to it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript, Word
from ovos_voice_agent.testing.clip_words import ClipStream, create, write_clip
from tests.recordings import samples_16k

WORDS = (Word("go", 0.5, 0.72), Word("forward", 0.72, 1.3), Word("ten", 1.3, 1.62), Word("meters", 1.62, 2.12))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    write_clip(folder, "clip0", samples_16k("goforward").tobytes(), 16_000, WORDS)
    return folder


def played(folder: Path, name: str, start_s: float, end_s: float, lag_ms: float = 100) -> tuple[list[str], Transcript]:
    """Partials and transcript of that part of the recording, fed as it is judged."""
    heard: list[tuple[float, str]] = []
    pcm = samples_16k("goforward").tobytes()[int(start_s * 16_000) * 2 : int(end_s * 16_000) * 2]

    async def scene() -> Transcript:
        engine = create({"folder": str(folder), "lag_ms": lag_ms, "final_ms": 0})
        await engine.start()
        stream: ClipStream = engine.open(SttOptions(prompt=name), take)
        for at in range(0, len(pcm), 1024):
            stream.feed(pcm[at : at + 1024])
        transcript = await stream.finish()
        await engine.close()
        return transcript

    def take(partial: Partial) -> None:
        heard.append((0.0, partial.stable))

    transcript = asyncio.run(scene())
    return [text for _, text in heard], transcript


def test_each_word_is_told_when_it_has_ended(folder: Path) -> None:
    partials, transcript = played(folder, "clip0", 0.2, 2.6)
    assert partials == ["go", "go forward", "go forward ten", "go forward ten meters"]
    assert transcript.text == "go forward ten meters"


def test_where_an_utterance_begins_is_heard(folder: Path) -> None:
    assert played(folder, "clip0", 0.313, 1.4)[1].text == "go forward"
    assert played(folder, "clip0", 1.0, 1.7)[1].text == "forward ten", "a word that has begun is heard"
    assert played(folder, "clip0", 0.4, 0.8)[1].text == "go", "also a short one"


def test_a_last_word_whose_end_was_not_heard_is_in_the_transcript_but_no_partial(folder: Path) -> None:
    assert played(folder, "clip0", 0.2, 1.52, lag_ms=0) == (["go", "go forward"], Transcript("go forward ten"))
    assert played(folder, "clip0", 0.2, 1.42, lag_ms=0)[1].text == "go forward"


def test_it_may_tell_nothing_before_the_end(folder: Path) -> None:
    engine = create({"folder": str(folder), "partials": False})
    assert not engine.info.streaming
    told: list[Partial] = []
    stream = engine.open(SttOptions(prompt="clip0"), told.append)
    stream.feed(samples_16k("goforward").tobytes())
    assert told == []
    assert asyncio.run(stream.finish()).text == "go forward ten meters"


def test_partials_are_later_by_the_lag(folder: Path) -> None:
    assert played(folder, "clip0", 0.2, 1.75, lag_ms=300)[0][-1] == "go forward"
    assert played(folder, "clip0", 0.2, 1.75, lag_ms=100)[0][-1] == "go forward ten"


@pytest.mark.parametrize("name", ["clip7", "../clip0", ""])
def test_of_what_it_does_not_know_it_says_nothing(folder: Path, name: str) -> None:
    assert played(folder, name, 0.2, 2.6) == ([], Transcript(""))


def test_after_cancel_nothing_is_told(folder: Path) -> None:
    told: list[Partial] = []
    stream = create({"folder": str(folder)}).open(SttOptions(prompt="clip0"), told.append)
    stream.cancel()
    stream.feed(samples_16k("goforward").tobytes())
    assert told == []
    assert np.isfinite(stream._start_s or 0.0)
