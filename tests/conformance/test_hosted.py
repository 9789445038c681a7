"""No false alarm: what holds of all traffic holds of recorded traffic of the hosted services."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ovos_voice_agent.conformance.run import judge
from ovos_voice_agent.conformance.suite import EVERY, Exchange, load
from ovos_voice_agent.conformance.transcript import Entry, Transcript

HOSTED = sorted((Path(__file__).parent / "hosted").glob("*.jsonl"))


def recorded(path: Path) -> Transcript:
    transcript = Transcript(path.stem)
    for place, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        one = json.loads(line)
        transcript.entries.append(Entry(place, float(place), one["way"], one["event"], raw=one["event"]))
    return transcript


@pytest.mark.parametrize("path", HOSTED, ids=lambda path: path.stem)
def test_recorded_traffic_has_no_faults(path: Path) -> None:
    suite = load().for_dialect("ga")
    general = tuple(case for case in suite.cases if case.exchanges == (EVERY,))
    general += tuple(
        replace(case, exchanges=(EVERY,)) for case in suite.cases if case.name.startswith("events.keys.session")
    )
    verdicts = judge(
        replace(suite, exchanges=(Exchange(path.stem, "", ()),), cases=general), {path.stem: recorded(path)}
    )
    assert {name: one.reason for name, one in verdicts.items() if one.outcome in {"failed", "differs"}} == {}
    assert sum(one.outcome == "passed" for one in verdicts.values()) > 60
