"""Long recordings are cut where nobody speaks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from ovos_voice_agent.errors import EngineTimeout
from ovos_voice_agent.runtime.cutting import LONGEST_S, PATIENCE_S, Cutter, Cutting, Judge, Pauses, Piece, Whole
from ovos_voice_agent.testing.fakes import FOREVER, EnergyVad
from tests.runtime.scenes import run

RATE_HZ = 16_000


def sound(*pattern: float) -> npt.NDArray[np.float32]:
    """Seconds of a tone and of silence in turn, beginning with the tone."""
    pieces = []
    for place, seconds in enumerate(pattern):
        at = np.arange(round(seconds * RATE_HZ))
        pieces.append((np.sin(at * 0.1) * (0.3 if place % 2 == 0 else 0)).astype(np.float32))
    return np.concatenate(pieces)


def cut(samples: npt.NDArray[np.float32], cutting: Cutting, step_s: float = 2.0) -> tuple[list[Piece], EnergyVad]:
    vad = EnergyVad()

    async def scene() -> list[Piece]:
        cutter = Cutter(vad, cutting, 5.0)
        step = int(step_s * RATE_HZ)
        pieces = []
        for at in range(0, len(samples), step):
            pieces += await cutter.push(samples[at : at + step])
        pieces += cutter.finish()
        assert cutter.end_sample == len(samples)
        cutter.close()
        return pieces

    pieces = run(scene())
    assert vad.open_streams == 0
    return pieces, vad


def test_a_short_recording_stays_whole_and_unjudged() -> None:
    samples = sound(1.0, 1.0, 1.0)
    [piece], vad = cut(samples, Whole())
    assert len(piece.pcm) == 2 * len(samples)
    assert vad.windows == 0
    assert (piece.start_s, piece.end_s, piece.speech) == (0.0, 3.0, None)


def test_a_long_recording_is_cut_in_a_pause_and_nothing_is_lost() -> None:
    samples = sound(*[2.0, 0.5] * 20)
    pieces, _ = cut(samples, Whole())
    assert b"".join(piece.pcm for piece in pieces) == (np.rint(samples * 32768)).astype("<i2").tobytes()
    for piece, following in pairwise(pieces):
        assert PATIENCE_S <= piece.end_s - piece.start_s < PATIENCE_S + 3
        assert following.start_sample == piece.start_sample + len(piece.pcm) // 2
        at = round(piece.end_s * RATE_HZ)
        assert not samples[at - 500 : at + 500].any(), "the cut is inside of a pause"


def test_who_never_pauses_is_cut_all_the_same() -> None:
    for cutting in (Whole(), Pauses()):
        pieces, _ = cut(sound(45.0), cutting)
        assert max(piece.end_s - piece.start_s for piece in pieces) <= LONGEST_S + 0.1
        assert sum(len(piece.pcm) for piece in pieces) == 2 * 45 * RATE_HZ


@pytest.mark.parametrize("step_s", [0.05, 2.0, 7.0])
def test_utterances(step_s: float) -> None:
    pieces, _ = cut(sound(1.0, 1.0, 2.0, 3.0, 1.0), Pauses(), step_s)
    assert [round(piece.start_s, 1) for piece in pieces] == [0.0, 1.7, 6.7]
    assert [round(piece.end_s, 1) for piece in pieces] == [1.3, 4.3, 8.0]
    assert all(piece.speech is not None and piece.speech > 0.5 for piece in pieces)


def test_a_pause_that_is_too_short_is_none() -> None:
    assert len(cut(sound(1.0, 0.4, 1.0, 1.0), Pauses(silence_duration_ms=600))[0]) == 1
    assert len(cut(sound(1.0, 0.4, 1.0, 1.0), Pauses(silence_duration_ms=200, prefix_padding_ms=0))[0]) == 2


def test_silence_has_no_utterances() -> None:
    assert cut(sound(0.0, 10.0), Pauses())[0] == []


def test_utterances_do_not_overlap() -> None:
    pieces, _ = cut(sound(1.0, 0.3, 1.0, 0.3, 1.0, 0.5), Pauses(prefix_padding_ms=2000, silence_duration_ms=200))
    assert len(pieces) == 3
    assert all(a.end_s <= b.start_s for a, b in pairwise(pieces))


def test_a_detector_that_hangs_is_given_up() -> None:
    async def scene() -> None:
        judge = Judge(EnergyVad(latency_s=FOREVER), 0.01)
        with pytest.raises(EngineTimeout):
            await judge.probabilities(np.zeros((1, 512), np.float32))
        judge.close()

    run(scene())
