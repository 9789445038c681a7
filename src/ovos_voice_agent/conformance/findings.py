"""What a check finds: nothing, or what is wrong and where; and how findings become a verdict."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ovos_voice_agent.conformance.transcript import Entry, Transcript

Outcome = Literal["passed", "failed", "differs", "not applicable", "not reached"]

SHOWN = 3
"""Failures shown as evidence; the rest is counted."""
LONGEST_TEXT = 90
LONGEST_EVIDENCE = 420


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    reason: str
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a case cannot be judged here."""

    reason: str


Finding: TypeAlias = Problem | Skip | None
"""None is one thing looked at and found right."""
Findings: TypeAlias = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case ended. `looked_at` counts the places that were judged."""

    outcome: Outcome
    reason: str = ""
    evidence: tuple[str, ...] = ()
    looked_at: int = 0


def verdict_of(found: Iterable[tuple[Transcript, Finding]], *, advice: bool = False) -> Verdict:
    """Sum up the findings of one case over the transcripts it read."""
    right, wrong, skipped = 0, list[tuple[Transcript, Problem]](), list[str]()
    for transcript, finding in found:
        if isinstance(finding, Problem):
            wrong.append((transcript, finding))
        elif isinstance(finding, Skip):
            skipped.append(finding.reason)
        else:
            right += 1
    looked_at = right + len(wrong)
    if wrong:
        more = f" (and {len(wrong) - 1} more of {looked_at})" if len(wrong) > 1 else ""
        evidence = tuple(_evidence(transcript, one) for transcript, one in wrong[:SHOWN])
        return Verdict("differs" if advice else "failed", wrong[0][1].reason + more, evidence, looked_at)
    if right:
        return Verdict("passed", looked_at=looked_at)
    if skipped:
        return Verdict("not applicable", skipped[0])
    return Verdict("not reached", "what it is about did not happen")


def _evidence(transcript: Transcript, problem: Problem) -> str:
    if problem.entry is None:
        last = next((entry for entry in reversed(transcript.entries) if entry.way == "received"), None)
        seen = f"; last event: {show(last)}" if last else "; nothing was received"
        return f"[{transcript.exchange}] {problem.reason}{seen}"
    return f"[{transcript.exchange}] {problem.reason}: {show(problem.entry)}"


def show(entry: Entry) -> str:
    """An event on one line: time, type and the rest, long texts shortened."""
    text = json.dumps(_short(entry.raw or entry.event), ensure_ascii=False)
    text = text if len(text) <= LONGEST_EVIDENCE else text[:LONGEST_EVIDENCE] + "…"
    return f"+{entry.at_ms:.0f} ms {text}"


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _short(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:24]}… ({len(value)} characters)"
    return value
