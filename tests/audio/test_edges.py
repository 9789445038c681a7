"""Where speech begins and ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio.edges import Edge, Offset, Onset, Pause, Resumption, SpeechEdges, Steady

WINDOW = 512
PROBABILITIES = st.lists(st.floats(0, 1), max_size=120)


def heard(edges: SpeechEdges, probabilities: list[float], start_sample: int = 0) -> list[Edge]:
    found = (edges.update(p, start_sample + index * WINDOW) for index, p in enumerate(probabilities))
    return [edge for edge in found if edge is not None]


def at(window: int) -> int:
    return window * WINDOW


def test_a_turn_as_the_hosted_service_counts_it() -> None:
    # Onset in frame 55 (1760 ms); the last speech frame ends at 4000 ms; 200 ms of silence are 7 frames: 4224.
    probabilities = [0.0] * 55 + [0.9] * 70 + [0.1] * 20
    assert heard(SpeechEdges(silence_ms=200), probabilities) == [Onset(at(55)), Offset(at(125), at(132))]
    assert at(132) * 1000 // 16_000 == 4224
    assert heard(SpeechEdges(silence_ms=500), probabilities)[1] == Offset(at(125), 4512 * 16)


def test_one_window_is_no_speech() -> None:
    assert heard(SpeechEdges(), [0.8, 0.4, 0.8, 0.4]) == []
    assert heard(SpeechEdges(), [0.8, 0.4, 0.5, 0.5]) == [Onset(at(2))]


def test_between_the_levels_the_state_stays() -> None:
    edges = SpeechEdges(silence_ms=64)
    assert heard(edges, [0.4] * 9) == []
    assert heard(edges, [0.5, 0.5] + [0.36] * 50, at(9)) == [Onset(at(9))]
    assert edges.last_speech_sample == at(61)


def test_speech_in_the_closing_silence_starts_it_again() -> None:
    assert heard(SpeechEdges(silence_ms=96), [0.9, 0.9, 0, 0, 0.9, 0, 0, 0]) == [Onset(0), Offset(at(5), at(8))]


def test_what_it_tells_on_the_way() -> None:
    edges = SpeechEdges(silence_ms=500)
    assert (edges.speaking, edges.silence_ms_so_far, edges.last_speech_sample) == (False, 0, None)
    heard(edges, [0.9, 0.9, 0.9, 0.1, 0.1])
    assert (edges.speaking, edges.silence_ms_so_far, edges.last_speech_sample) == (True, 64, at(3))
    heard(edges, [0.1] * 14, at(5))
    assert (edges.speaking, edges.silence_ms_so_far, edges.last_speech_sample) == (False, 0, at(3))


def test_the_silence_may_be_decided_window_by_window() -> None:
    edges = SpeechEdges(silence_ms=500)
    heard(edges, [0.9, 0.9, 0.1, 0.1, 0.1])
    assert edges.update(0.1, at(5), silence_ms=8000) is None
    assert edges.update(0.9, at(6), silence_ms=32) is None
    assert edges.update(0.1, at(7)) is None
    assert edges.update(0.1, at(8), silence_ms=32) == Offset(at(7), at(9))


def test_settings_may_change_on_the_way() -> None:
    edges = SpeechEdges()
    heard(edges, [0.6, 0.6])
    edges.threshold, edges.silence_ms = 0.9, 64
    assert heard(edges, [0.6, 0.6], at(2)) == [Offset(at(2), at(4))]


def test_reset_forgets_the_turn_but_not_the_settings() -> None:
    edges = SpeechEdges(0.7, 64)
    heard(edges, [0.9, 0.9, 0.1])
    edges.reset()
    assert (edges.speaking, edges.silence_ms_so_far, edges.last_speech_sample) == (False, 0, None)
    assert heard(edges, [0.9], at(3)) == []
    edges.reset()
    assert heard(edges, [0.9, 0.69, 0.9, 0.9], at(4)) == [Onset(at(6))]


@pytest.mark.parametrize("silence_ms", [0, 1, 32])
def test_less_than_a_window_of_silence_is_one_window(silence_ms: int) -> None:
    assert heard(SpeechEdges(silence_ms=silence_ms), [0.9, 0.9, 0.1]) == [Onset(0), Offset(at(2), at(3))]


def test_silence_is_rounded_up_to_windows() -> None:
    assert heard(SpeechEdges(silence_ms=33), [0.9, 0.9, 0.1, 0.1]) == [Onset(0), Offset(at(2), at(4))]


def test_a_threshold_of_one_hears_clear_speech() -> None:
    assert heard(SpeechEdges(1.0, 32), [0.98, 0.98, 0.995, 0.995, 0.5]) == [Onset(at(2)), Offset(at(4), at(5))]


def test_a_threshold_of_zero_still_ends_a_turn_in_silence() -> None:
    assert heard(SpeechEdges(0.0, 32), [0.0, 0.0, 0.02, 0.02, 0.0]) == [Onset(at(2)), Offset(at(4), at(5))]


@pytest.mark.parametrize(("threshold", "probability"), [(0.5, 0.86), (0.3, 0.66), (0.6, 0.96)])
def test_one_window_is_speech_where_the_detector_is_sure(threshold: float, probability: float) -> None:
    sure, unsure = SpeechEdges(threshold=threshold), SpeechEdges(threshold=threshold)
    assert heard(sure, [0.1, probability]) == [Onset(at_sample=512)]
    assert heard(unsure, [0.1, probability - 0.02]) == []


def test_a_detector_that_only_says_yes_is_not_sure() -> None:
    assert heard(SpeechEdges(), [1.0, 0.0, 1.0]) == []
    assert heard(SpeechEdges(), [1.0, 1.0]) == [Onset(at_sample=0)]


def test_other_windows_and_rates() -> None:
    edges = SpeechEdges(silence_ms=25, window_samples=80, rate_hz=8_000)
    found = [edges.update(p, index * 80) for index, p in enumerate([0.8, 0.8, 0, 0, 0])]
    assert found == [None, Onset(0), None, None, Offset(160, 400)]


def test_a_pause_is_told_once_and_so_is_its_end() -> None:
    edges = SpeechEdges(silence_ms=160, pause_ms=64)
    found = heard(edges, [0.9, 0.9, 0, 0, 0, 0.9, 0.9, 0, 0, 0, 0, 0, 0])
    pauses = [Pause(at(2), at(4)), Resumption(at(5)), Pause(at(7), at(9))]
    assert found == [Onset(0), *pauses, Offset(at(7), at(12))]
    assert heard(edges, [0.9, 0.9, 0.9], at(13)) == [Onset(at(13))], "after an end nothing is resumed"


def test_silence_that_ends_speech_is_no_pause_before_it() -> None:
    assert heard(SpeechEdges(silence_ms=64, pause_ms=64), [0.9, 0.9, 0, 0]) == [Onset(0), Offset(at(2), at(4))]


def test_steady_speech_is_told_each_time_and_pauses_do_not_count() -> None:
    edges = SpeechEdges(silence_ms=500, steady_ms=128)
    found = heard(edges, [0.9, 0.9, 0.9, 0, 0, 0.9, 0.9, 0.9, 0.9, 0.9])
    assert found == [Onset(0), Steady(at(6), 4 * WINDOW), Steady(at(10), 8 * WINDOW)]


def test_the_end_of_a_pause_comes_before_the_length_of_speech() -> None:
    edges = SpeechEdges(pause_ms=32, steady_ms=96)
    found = heard(edges, [0.9, 0.9, 0, 0.9, 0.9])
    assert found == [Onset(0), Pause(at(2), at(3)), Resumption(at(3)), Steady(at(5), 4 * WINDOW)]


@given(PROBABILITIES, st.floats(0, 1), st.integers(0, 400), st.integers(0, 10**9))
def test_edges_alternate_and_lie_in_order(probabilities: list[float], threshold: float, ms: int, origin: int) -> None:
    edges = SpeechEdges(threshold, ms)
    found = heard(edges, probabilities, origin)
    assert [type(edge) for edge in found] == [Onset if index % 2 == 0 else Offset for index in range(len(found))]
    positions = [
        p for e in found for p in ([e.at_sample] if isinstance(e, Onset) else [e.last_speech_sample, e.at_sample])
    ]
    assert positions == sorted(positions)
    assert all(position % WINDOW == origin % WINDOW for position in positions)
    assert edges.speaking == (len(found) % 2 == 1)


@given(PROBABILITIES, st.floats(0, 1), st.integers(0, 400))
def test_an_end_is_the_last_speech_and_the_silence(probabilities: list[float], threshold: float, ms: int) -> None:
    windows = max(1, -(-ms // 32))
    for edge in heard(SpeechEdges(threshold, ms), probabilities):
        if isinstance(edge, Offset):
            assert edge.at_sample - edge.last_speech_sample == windows * WINDOW


@given(PROBABILITIES, st.integers(0, 120), st.integers(0, 400))
def test_cutting_the_stream_does_not_matter(probabilities: list[float], cut: int, ms: int) -> None:
    edges = SpeechEdges(silence_ms=ms)
    parts = heard(edges, probabilities[:cut]) + heard(edges, probabilities[cut:], at(len(probabilities[:cut])))
    assert parts == heard(SpeechEdges(silence_ms=ms), probabilities)


@given(PROBABILITIES, st.integers(0, 400), st.integers(1, 300), st.integers(1, 300))
def test_what_is_told_on_the_way_changes_no_end(probabilities: list[float], ms: int, pause: int, steady: int) -> None:
    told = heard(SpeechEdges(silence_ms=ms, pause_ms=pause, steady_ms=steady), probabilities)
    assert [edge for edge in told if isinstance(edge, Onset | Offset)] == heard(
        SpeechEdges(silence_ms=ms), probabilities
    )
    pauses = [type(edge) for edge in told if not isinstance(edge, Steady)]
    assert all(pauses[index - 1] is Pause for index, kind in enumerate(pauses) if kind is Resumption)
