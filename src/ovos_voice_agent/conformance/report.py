"""What a run found, for people and for programs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ovos_voice_agent.conformance.findings import Verdict
from ovos_voice_agent.conformance.run import Result
from ovos_voice_agent.conformance.suite import Case

SCHEMA_VERSION = 1
WIDTH = 110
_SIGNS = {"failed": "FAILED", "differs": "differs", "not applicable": "n/a", "not reached": "not reached"}


def as_text(result: Result, *, verbose: bool = False) -> str:
    """Failures with their evidence, what differs, and a score for each group. `verbose` lists every case."""
    lines = [f"Conformance of {result.target.url} to the Realtime API, dialect {result.target.dialect}", ""]
    shown = ("failed", "differs", "not applicable", "not reached") if verbose else ("failed", "differs")
    for case in result.suite.cases:
        verdict = result.verdicts[case.name]
        if verdict.outcome in shown:
            lines += _told(case, verdict)
        elif verbose:
            lines.append(f"passed       {case.name}: {case.says}")
    lines += [*_stopped(result), *_scores(result), "", *_summary(result)]
    return "\n".join(lines)


def _told(case: Case, verdict: Verdict) -> Iterator[str]:
    yield f"{_SIGNS[verdict.outcome]:<12} {case.name}"
    yield f"             {case.says} (protocol {case.clause}; {case.marks})"
    if verdict.outcome in {"failed", "differs"}:
        for evidence in verdict.evidence:
            yield from textwrap.wrap(evidence, WIDTH, initial_indent=" " * 15, subsequent_indent=" " * 17)
        if " more of " in verdict.reason:
            yield f"               {verdict.reason.rpartition(' (')[2].rstrip(')')} places"
    else:
        yield f"               {verdict.reason}"
    yield ""


def _stopped(result: Result) -> Iterator[str]:
    ended = [one for one in result.transcripts.values() if one.stopped and one.exchange != "connection.wrong-key"]
    if ended:
        yield "Exchanges that ended early:"
        yield from (f"  {one.exchange}: {one.stopped}" for one in ended)
        yield ""


def scores(result: Result) -> dict[str, dict[str, int]]:
    """Group -> how many of its cases ended how. Advice that differs counts as neither passed nor failed."""
    counted = {group: Counter[str]() for group in result.suite.groups}
    for case in result.suite.cases:
        counted[case.group][result.verdicts[case.name].outcome] += 1
    return {group: dict(counts) for group, counts in counted.items() if counts}


def _scores(result: Result) -> Iterator[str]:
    yield f"{'':<28} {'score':>7}   passed  failed  differ  n/a  not reached"
    for group, counts in scores(result).items():
        judged = counts.get("passed", 0) + counts.get("failed", 0)
        score = f"{100 * counts.get('passed', 0) / judged:.0f} %" if judged else "-"
        numbers = [counts.get(name, 0) for name in ("passed", "failed", "differs", "not applicable", "not reached")]
        columns = "  ".join(f"{number:>{width}}" for number, width in zip(numbers, (6, 6, 6, 3, 11), strict=True))
        yield f"{result.suite.groups[group]:<28} {score:>7}   {columns}"


def _summary(result: Result) -> Iterator[str]:
    passed, failed = len(result.named("passed")), len(result.named("failed"))
    yield f"{passed} of {passed + failed} cases passed; {len(result.transcripts)} connections, {result.tokens} tokens."
    if differs := len(result.named("differs")):
        yield f"{differs} more differ from choices of this suite's authors, where the protocol leaves it open."


def as_data(result: Result) -> dict[str, Any]:
    """The same for programs: one object, stable keys."""
    return {
        "schema_version": SCHEMA_VERSION,
        "url": result.target.url,
        "dialect": result.target.dialect,
        "passed": result.passed,
        "scores": scores(result),
        "tokens": result.tokens,
        "stopped": {one.exchange: one.stopped for one in result.transcripts.values() if one.stopped},
        "cases": [_case_data(case, result.verdicts[case.name]) for case in result.suite.cases],
    }


def _case_data(case: Case, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": case.name,
        "group": case.group,
        "says": case.says,
        "clause": case.clause,
        "marks": case.marks,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "evidence": list(verdict.evidence),
        "looked_at": verdict.looked_at,
    }
