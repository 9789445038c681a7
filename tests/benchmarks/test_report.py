"""Results: their one form, and the verdicts in it."""

from __future__ import annotations

import json

from ovos_voice_agent.benchmarks.report import SCHEMA, Measure, Report, as_json, comparison


def test_a_target_is_for_the_median_or_for_the_share_it_names() -> None:
    samples = tuple(float(n) for n in range(1, 101))
    assert Measure("b", "m", "ms", samples, 50.5).met
    assert Measure("b", "m", "ms", samples, 50.4).met is False
    assert Measure("b", "m", "ms", samples, 99.0, target_share=0.99).met is False
    assert Measure("b", "m", "ms", samples, 100.0, target_share=0.99).met
    assert Measure("b", "m", "ms", samples).met is None


def test_json_keeps_every_sample() -> None:
    report = Report("http://a/v1", [Measure("b", "m", "ms", (3.0, 1.0))], lost=2)
    found = json.loads(json.dumps(as_json([report], seed=7)))
    assert (found["schema"], found["options"]) == (SCHEMA, {"seed": 7})
    run = found["runs"][0]
    assert (run["url"], run["lost_turns"], run["measures"][0]["samples"]) == ("http://a/v1", 2, [3.0, 1.0])


def test_tables_and_comparison() -> None:
    first = Report("http://a/v1", [Measure("b", "m", "ms", (2.0,), 1.0), Measure("b", "only here", "ms", (1.0,))])
    second = Report("http://b/v1", [Measure("b", "m", "ms", (3.0,))])
    assert "MISSED" in first.as_table()
    lines = comparison([first, second]).splitlines()
    assert lines[0].split() == ["benchmark", "measure", "http://a/v1", "http://b/v1", "ratio"]
    assert lines[2].split() == ["b", "m", "2", "ms", "3", "ms", "1.50"]
    assert len(lines) == 3
