"""The one form of all results: JSON with every raw sample kept, and a table for people."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = "ovos-voice-agent-benchmark/1"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured quantity. `target` is the most that its median may be, or None; `samples` are in order."""

    benchmark: str
    name: str
    unit: str
    samples: tuple[float, ...]
    target: float | None = None
    note: str = ""

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
        return None if self.target is None else self.median <= self.target


@dataclass(slots=True)
class Report:
    """All measures of one run. `lost` counts turns that got no answer: any makes the run fail."""

    url: str
    measures: list[Measure] = field(default_factory=list)
    lost: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "url": self.url,
            "machine": {"system": platform.platform(), "python": platform.python_version()},
            "lost_turns": self.lost,
            "measures": [
                {**asdict(measure), "median": measure.median, "p95": measure.percentile(0.95), "met": measure.met}
                for measure in self.measures
            ],
        }

    def as_table(self) -> str:
        header = ("benchmark", "measure", "n", "median", "p95", "worst", "target", "")
        rows = [header, *(_row(measure) for measure in self.measures)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
        return "\n".join([*lines, f"turns without an answer: {self.lost}"])


def _row(measure: Measure) -> tuple[str, ...]:
    numbers = (measure.median, measure.percentile(0.95), max(measure.samples, default=float("nan")))
    target = "" if measure.target is None else f"{measure.target:g} {measure.unit}"
    verdict = {None: "", True: "met", False: "MISSED"}[measure.met]
    shown = (f"{number:.1f} {measure.unit}" for number in numbers)
    return (measure.benchmark, measure.name, str(len(measure.samples)), *shown, target, verdict)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    return [
        cell.ljust(width) if column < 2 or column == len(row) - 1 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
