"""The shipped suite is whole, and mistakes in case files are told."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.conformance.checks import CHECKS
from ovos_voice_agent.conformance.suite import DIALECTS, EVERY, Suite, SuiteError, load, parse

SUITE = load()


def test_every_case_names_a_check_and_exchanges_that_exist() -> None:
    names = {exchange.name for exchange in SUITE.exchanges} | {EVERY}
    assert {case.check for case in SUITE.cases} == set(CHECKS)
    assert {name for case in SUITE.cases for name in case.exchanges} <= names


def test_every_step_that_a_case_names_exists() -> None:
    labels = {exchange.name: {step.label for step in exchange.steps} for exchange in SUITE.exchanges}
    for case in SUITE.cases:
        for key in ("step", "of", "after", "before", "cancel", "done"):
            if key in case.options:
                assert any(case.options[key] in labels[name] for name in case.exchanges if name != EVERY), case.name


def test_there_are_cases_for_every_dialect_and_group() -> None:
    for dialect in DIALECTS:
        suite = SUITE.for_dialect(dialect)
        assert {case.group for case in suite.cases} == set(SUITE.groups)
        assert len(suite.cases) > 200


def test_only_some_cases_need_only_some_exchanges() -> None:
    some = SUITE.only(["transcription."])
    assert {exchange.name for exchange in some.exchanges} >= {"transcription.spoken"}
    assert all("transcription." in case.name for case in some.cases)


def test_advice_is_what_only_this_project_says() -> None:
    marks = {case.marks for case in SUITE.cases if case.advice}
    assert marks == {"P"}


def document(**table: Any) -> Suite:
    whole = {"group": "g", "title": "G", **table}
    return parse([("g.toml", whole)])


CASE = {"name": "c", "says": "s", "clause": "1", "marks": "R", "check": "seen"}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"cases": []}, "unknown cases"),
        ({"exchange": [{"name": "e", "about": "", "step": [{"send": {}, "wait": "x"}]}]}, "exactly one of"),
        ({"exchange": [{"name": "e", "about": "", "steps": []}]}, "unknown steps"),
        ({"case": [{**CASE, "marks": "X"}]}, "unknown marks"),
        ({"case": [{key: value for key, value in CASE.items() if key != "says"}]}, "says missing"),
        ({"case": [CASE, CASE]}, "g.c stands twice"),
    ],
)
def test_a_mistake_in_a_file_is_named(table: dict[str, Any], reason: str) -> None:
    with pytest.raises(SuiteError, match=reason):
        document(**table)


def test_for_each_makes_a_case_of_each() -> None:
    many = {
        **CASE,
        "name": "{first}-{then}",
        "for_each": ["a > b", "c > d"],
        "with": {"event": "{first}", "n": ["{then}"]},
    }
    cases = document(case=[many]).cases
    assert [(case.name, case.options) for case in cases] == [
        ("g.a-b", {"event": "a", "n": ["b"]}),
        ("g.c-d", {"event": "c", "n": ["d"]}),
    ]


def test_a_refusal_is_two_steps_and_a_case() -> None:
    refusal = {"name": "bad", "send": {"type": "session.update"}, "code": "x", "says": "s", "clause": "4", "marks": "R"}
    suite = document(exchange=[{"name": "e", "about": "", "refusal": [refusal]}])
    sending, waiting = suite.exchanges[0].steps
    assert (sending.label, waiting.label, waiting.wait) == ("bad", "bad.answer", ("error", "session.updated"))
    assert suite.cases[0].options == {"step": "bad", "code": "x"}
