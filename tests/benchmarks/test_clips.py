"""What `hearing` says is made of recordings and a seed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.benchmarks.clips import Clip, Recording, cut_short, noisy, paused, plain, short_words, spoken
from ovos_voice_agent.benchmarks.speech import LEAD_MS
from tests.recordings import RECORDINGS, recording


@pytest.fixture(scope="module")
def cards() -> Recording:
    return Recording.read(recording("cards_001"))


def loudness(clip: Clip, begin_ms: float, end_ms: float) -> float:
    return float(np.abs(float_of_bytes(clip.pcm)[int(begin_ms) * 24 : int(end_ms) * 24]).max())


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_words_of_the_tests_recordings_are_known_in_order(name: str) -> None:
    read = Recording.read(recording(name))
    assert " ".join(word.text for word in read.words) == RECORDINGS[name].transcript
    ends = [word.end_ms for word in read.words]
    assert ends == sorted(ends)
    assert abs(ends[-1] - read.utterance.end_ms) < 550, "some recordings end in breath"


def test_a_pause_moves_what_comes_after_it(cards: Recording) -> None:
    before, after = plain(cards), paused(cards, np.random.default_rng(1))
    pause_ms = (len(after.pcm) - len(before.pcm)) / 48
    assert 100 < pause_ms < 3_000
    assert after.end_ms == pytest.approx((before.end_ms or 0) + pause_ms, abs=1)
    moved = [a.start_ms - b.start_ms for a, b in zip(after.words, before.words, strict=True)]
    assert moved[0] == 0
    assert moved[-1] == pytest.approx(pause_ms, abs=1)
    at_ms = next(b.end_ms for a, b in zip(after.words[1:], before.words, strict=False) if a.start_ms != b.end_ms)
    assert loudness(after, at_ms + 5, at_ms + pause_ms - 5) < 0.01


def test_noise_is_added_and_nothing_moves(cards: Recording) -> None:
    added = float_of_bytes(noisy(cards).pcm) - float_of_bytes(plain(cards).pcm)
    assert np.sqrt(np.mean(added**2)) > 1e-3
    assert noisy(cards).end_ms == plain(cards).end_ms


def test_a_short_word_stands_alone(cards: Recording) -> None:
    clips = list(short_words(cards))
    assert [clip.words[0].text for clip in clips] == ["ten", "clubs"]
    for clip in clips:
        assert clip.words[0].start_ms > LEAD_MS
        assert clip.end_ms == clip.words[0].end_ms
        assert loudness(clip, clip.words[0].start_ms, clip.words[0].end_ms) > 0.05
        assert loudness(clip, (clip.end_ms or 0) + 60, len(clip.pcm) / 48) == 0.0


def test_a_beginning_has_the_first_words(cards: Recording) -> None:
    cut = cut_short(cards)
    assert cut is not None
    assert [word.text for word in cut.words] == ["ten"]
    assert cut.end_ms == cards.words[0].end_ms


def test_the_same_seed_makes_the_same_clips(cards: Recording) -> None:
    assert spoken([cards], seed=1) == spoken([cards], seed=1) != spoken([cards], seed=2)


def test_words_may_stand_beside_a_recording_or_be_unknown(tmp_path: Path) -> None:
    shutil.copy(recording("cards_001"), tmp_path / "mine.wav")
    unknown = Recording.read(tmp_path / "mine.wav")
    assert unknown.words == ()
    assert cut_short(unknown) is None
    assert len(paused(unknown, np.random.default_rng(1)).pcm) > len(unknown.utterance.pcm)
    (tmp_path / "mine.words.json").write_text(json.dumps([["ten", 0.2, 0.4], ["of clubs", 0.4, 0.9]]))
    assert [word.text for word in Recording.read(tmp_path / "mine.wav").words] == ["ten", "of clubs"]
