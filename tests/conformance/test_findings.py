"""How findings become verdicts."""

from __future__ import annotations

from ovos_voice_agent.conformance.findings import Problem, Skip, show, verdict_of
from tests.conformance.scene import scene

SCENE = scene({"type": "error", "error": {"message": "x" * 500}})


def test_one_problem_among_many_fails_with_its_evidence() -> None:
    verdict = verdict_of([(SCENE, None), (SCENE, Problem("is wrong", SCENE.entries[0])), (SCENE, Problem("too"))])
    assert (verdict.outcome, verdict.looked_at) == ("failed", 3)
    assert verdict.reason == "is wrong (and 1 more of 3)"
    assert verdict.evidence[0].startswith("[scene] is wrong: +0 ms")
    assert "last event" in verdict.evidence[1]


def test_advice_differs() -> None:
    assert verdict_of([(SCENE, Problem("is ours"))], advice=True).outcome == "differs"


def test_a_skip_counts_only_where_nothing_was_judged() -> None:
    assert verdict_of([(SCENE, Skip("no words")), (SCENE, None)]).outcome == "passed"
    assert verdict_of([(SCENE, Skip("no words"))]).reason == "no words"


def test_nothing_to_look_at_is_not_reached() -> None:
    assert verdict_of([]).outcome == "not reached"


def test_long_texts_are_shortened() -> None:
    assert "(500 characters)" in show(SCENE.entries[0])
