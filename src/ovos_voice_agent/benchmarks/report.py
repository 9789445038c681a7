"""The one form of all results: JSON with every raw sample kept, and a table for people."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = "ovos-voice-agent-benchmark/2"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured quantity; `samples` are in order. `target` is the most that the sample below which `target_share`
    of all lie may be (the median, when nothing else is said), or None."""

    benchmark: str
    name: str
    unit: str
    samples: tuple[float, ...]
    target: float | None = None
    note: str = ""
    target_share: float = 0.5

    @property
    def median(self) -> float:
        return statistics.median(self.samples) if self.samples else float("nan")

    def percentile(self, share: float) -> float:
        """The sample below which this share (0..1) of all samples lie."""
        ordered = sorted(self.samples)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        if self.target is None:
            return None
        reached = self.median if self.target_share == 0.5 else self.percentile(self.target_share)
        return reached <= self.target


@dataclass(slots=True)
class Report:
    """All measures of one run. `lost` counts turns that got no answer: any makes the run fail."""

    url: str
    measures: list[Measure] = field(default_factory=list)
    lost: int = 0

    def take(self, run: Report) -> None:
        """What another run found is part of this one."""
        self.measures += run.measures
        self.lost += run.lost

    def as_json(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "lost_turns": self.lost,
            "measures": [
                {**asdict(measure), "median": measure.median, "p95": measure.percentile(0.95), "met": measure.met}
                for measure in self.measures
            ],
        }

    def as_table(self) -> str:
        header = ("benchmark", "measure", "n", "median", "p95", "worst", "target", "")
        table = _table([header, *(_row(measure) for measure in self.measures)])
        return f"{table}\nturns without an answer: {self.lost}"


def as_json(reports: Sequence[Report], **options: Any) -> dict[str, Any]:
    """All runs, with the machine they ran on and the options that they share."""
    return {
        "schema": SCHEMA,
        "machine": {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()},
        "options": options,
        "runs": [report.as_json() for report in reports],
    }


def comparison(reports: Sequence[Report]) -> str:
    """The medians of several servers in columns, for what all of them have; the last column is last over first."""
    found = [{(measure.benchmark, measure.name): measure for measure in report.measures} for report in reports]
    rows = [("benchmark", "measure", *(report.url for report in reports), "ratio")]
    for key, measure in found[0].items():
        if all(key in measures for measures in found):
            medians = [measures[key].median for measures in found]
            ratio = f"{medians[-1] / medians[0]:.2f}" if medians[0] else ""
            rows.append((*key, *(f"{median:.3g} {measure.unit}" for median in medians), ratio))
    return _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """The first row is the header."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)


def _row(measure: Measure) -> tuple[str, ...]:
    numbers = (measure.median, measure.percentile(0.95), max(measure.samples, default=float("nan")))
    target = "" if measure.target is None else f"{measure.target:g} {measure.unit}"
    verdict = {None: "", True: "met", False: "MISSED"}[measure.met]
    digits = 3 if max((abs(number) for number in numbers), default=0) < 10 else 1
    shown = (f"{number:.{digits}f} {measure.unit}" for number in numbers)
    return (measure.benchmark, measure.name, str(len(measure.samples)), *shown, target, verdict)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    return [
        cell.ljust(width) if column < 2 or column == len(row) - 1 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
