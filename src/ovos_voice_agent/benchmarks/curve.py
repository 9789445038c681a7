"""The curve of `hearing`: how late turns end against how often people are cut off, and what one costs in the other.

Rules: each way to end turns is a point; points of one family are joined. The comparison takes the delay of plain
silence at the same share of cut-offs, between its two nearest points.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ovos_voice_agent.benchmarks.hearing import REFERENCE, USUAL
from ovos_voice_agent.benchmarks.plots import Axis, Plot, Series
from ovos_voice_agent.benchmarks.report import Measure, Report

PREFIX = "hearing, "
CUT_OFF, DELAY = "cut off, all", "end of sound to end of turn"
FASTER_TARGET_MS = -150.0
FAMILIES = ("silence", "semantic")

Curve = tuple[tuple[float, float], ...]
"""Points (share of turns cut off in %, median delay in ms), from few cut-offs to many."""


def curves(report: Report) -> dict[str, Curve]:
    """By family: `silence`, `semantic`, and those of labelled servers."""
    found: dict[str, list[tuple[float, float]]] = {}
    shares = _by_point(report, CUT_OFF)
    for point, delay in _by_point(report, DELAY).items():
        family = next((f"{point.split(name)[0]}{name}" for name in FAMILIES if name in point), point)
        found.setdefault(family, []).append((shares[point].median, delay.median))
    return {family: tuple(sorted(points)) for family, points in found.items()}


def plot(report: Report) -> Plot:
    """All curves of one run in one picture."""
    series = tuple(Series(family, points, dashed=family == "silence") for family, points in curves(report).items())
    return Plot(
        "How late turns end, and how often people are cut off",
        Axis("turns cut off, %"),
        Axis("end of sound to end of turn, median, ms"),
        series,
    )


def compare(report: Report) -> Sequence[Measure]:
    """How much later than plain silence `semantic_vad` ends turns at the same share of cut-offs, and at its own point.

    Empty where one of both was not measured.
    """
    found, shares, delays = curves(report), _by_point(report, CUT_OFF), _by_point(report, DELAY)
    if "silence" not in found or "semantic" not in found or REFERENCE not in delays or USUAL not in delays:
        return []
    at_reference = delay_at(found["semantic"], shares[REFERENCE].median)
    at_usual = delay_at(found["silence"], shares[USUAL].median)
    return [
        Measure(
            "hearing",
            f"semantic less silence, at the cut-offs of {REFERENCE}",
            "ms",
            (at_reference - delays[REFERENCE].median,),
            FASTER_TARGET_MS,
        ),
        Measure(
            "hearing", f"semantic less silence, at the cut-offs of {USUAL}", "ms", (delays[USUAL].median - at_usual,)
        ),
    ]


def delay_at(curve: Curve, cut_off_percent: float) -> float:
    """The delay at that share of cut-offs, on the line between the nearest points; beyond the ends, that of the end."""
    if cut_off_percent <= curve[0][0]:
        return curve[0][1]
    for (low, slow), (high, quick) in pairwise(curve):
        if low <= cut_off_percent <= high:
            return slow + (quick - slow) * ((cut_off_percent - low) / (high - low) if high > low else 1.0)
    return curve[-1][1]


def _by_point(report: Report, name: str) -> dict[str, Measure]:
    return {
        measure.benchmark.removeprefix(PREFIX): measure
        for measure in report.measures
        if measure.name == name and measure.samples
    }
