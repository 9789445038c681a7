"""What is known of a pause becomes one probability."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.engines.turn.fusion import POINTS, SHORTEST_MS, Eagerness, Evidence, Point, probability, wanted_ms
from ovos_voice_agent.engines.turn.transcript import Look, Said, said

LOOKS: list[Look] = ["finished", "unclear", "unfinished", "number", "wordless"]
EVIDENCE = st.builds(
    Evidence,
    st.builds(Said, st.just(3), st.sampled_from(LOOKS), st.none() | st.floats(-7, 0)),
    st.none() | st.floats(0, 1),
    st.floats(200, 900),
)


@given(EVIDENCE, st.sampled_from(sorted(POINTS)))
def test_the_wait_is_where_the_probability_reaches_the_point(evidence: Evidence, eagerness: Eagerness) -> None:
    point = POINTS[eagerness]
    wanted = wanted_ms(evidence, point)
    assert SHORTEST_MS <= wanted <= point.longest_ms
    if wanted < point.longest_ms:
        assert probability(evidence, wanted + 1) >= point.probability
    if wanted > SHORTEST_MS:
        assert probability(evidence, wanted - 1) <= point.probability


@given(EVIDENCE, st.floats(0, 8000), st.floats(0, 8000))
def test_longer_silence_is_never_less_certain(evidence: Evidence, one_ms: float, other_ms: float) -> None:
    assert probability(evidence, min(one_ms, other_ms)) <= probability(evidence, max(one_ms, other_ms))


@given(EVIDENCE)
def test_the_eager_never_answer_later(evidence: Evidence) -> None:
    high, medium, auto, low = (wanted_ms(evidence, POINTS[eager]) for eager in ("high", "medium", "auto", "low"))
    assert high <= medium == auto <= low


def waits(text: str, model: float | None = None, middle_ms: float = 290.0) -> int:
    return wanted_ms(Evidence(said(text), model, middle_ms), POINTS["auto"])


def test_each_part_moves_it() -> None:
    assert waits("what time is it") == SHORTEST_MS < waits("the small dog") < waits("the small") < waits("the")
    assert waits("my number is five") < waits("my number is five five")
    assert waits("the small dog", model=0.99) < waits("the small dog") < waits("the small dog", model=0.01)
    assert waits("the small dog", middle_ms=600) == pytest.approx(2.07 * waits("the small dog"), rel=0.02)


@pytest.mark.parametrize(("eagerness", "cap_ms"), [("high", 2000), ("medium", 4000), ("auto", 4000), ("low", 8000)])
def test_no_wait_is_longer_than_its_cap(eagerness: Eagerness, cap_ms: int) -> None:
    hopeless = Evidence(Said(3, "unfinished", -7.0), model=0.0, middle_ms=900.0)
    assert wanted_ms(hopeless, POINTS[eagerness]) == cap_ms


def test_extremes_are_numbers() -> None:
    assert probability(Evidence(said(""), model=0.0), 0.0) > 0.0
    assert probability(Evidence(said("yes"), model=1.0), 1e6) == pytest.approx(1.0)
    assert wanted_ms(Evidence(said("yes")), Point(0.5, 100)) == 100, "the cap is the last word"
