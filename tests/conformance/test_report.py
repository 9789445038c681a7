"""What people and programs read."""

from __future__ import annotations

import json

from ovos_voice_agent.conformance import report
from ovos_voice_agent.conformance.run import Result, judge
from ovos_voice_agent.conformance.suite import parse
from ovos_voice_agent.conformance.wire import Target
from tests.conformance.scene import scene

CASE = {"says": "It is so", "clause": "1.2", "marks": "R", "check": "fields"}
DOCUMENT = {
    "group": "g",
    "title": "Some things",
    "exchange": [{"name": "e", "about": ""}],
    "case": [
        {**CASE, "name": "right", "with": {"each": "a", "where": {"n": 1}}},
        {**CASE, "name": "wrong", "with": {"each": "a", "where": {"n": 2}}},
        {**CASE, "name": "ours", "marks": "P", "with": {"each": "a", "where": {"n": 2}}},
        {**CASE, "name": "absent", "with": {"each": "b", "where": {"n": 2}}},
    ],
}
SUITE = parse([("g.toml", DOCUMENT)])
SEEN = scene({"type": "a", "n": 1}, {"type": "a", "n": 1})
SEEN.exchange, SEEN.stopped = "g.e", "the server closed the connection (1011)"
RESULT = Result(Target("http://h/v1"), SUITE, judge(SUITE, {"g.e": SEEN}), {"g.e": SEEN})


def test_a_failure_shows_rule_clause_and_evidence() -> None:
    text = report.as_text(RESULT)
    assert "FAILED       g.wrong" in text
    assert "It is so (protocol 1.2; R)" in text
    assert '[g.e] n is 1, expected 2: +0 ms {"type": "a", "n": 1}' in text
    assert "and 1 more of 2 places" in text
    assert "differs      g.ours" in text
    assert "g.absent" not in text
    assert "g.e: the server closed the connection (1011)" in text


def test_scores_count_what_was_judged() -> None:
    assert report.scores(RESULT) == {"g": {"passed": 1, "failed": 1, "differs": 1, "not reached": 1}}
    text = report.as_text(RESULT)
    assert "50 %" in text
    assert "1 of 2 cases passed" in text
    assert "1 more differ from choices of this suite's authors" in text


def test_verbose_names_every_case() -> None:
    text = report.as_text(RESULT, verbose=True)
    assert "passed       g.right" in text
    assert "not reached  g.absent" in text


def test_data_is_json_with_every_case() -> None:
    data = json.loads(json.dumps(report.as_data(RESULT)))
    assert data["passed"] is False
    assert [case["outcome"] for case in data["cases"]] == ["passed", "failed", "differs", "not reached"]
    assert data["stopped"] == {"g.e": SEEN.stopped}
