"""Points become curves, and curves are compared."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ovos_voice_agent.benchmarks.curve import CUT_OFF, DELAY, compare, curves, delay_at, plot
from ovos_voice_agent.benchmarks.report import Measure, Report

POINTS = {
    "silence 300 ms": (60.0, 400.0),
    "silence 500 ms": (40.0, 600.0),
    "silence 1000 ms": (20.0, 1100.0),
    "semantic high": (50.0, 250.0),
    "semantic medium": (30.0, 450.0),
}


def report_of(points: dict[str, tuple[float, float]]) -> Report:
    report = Report("")
    for name, (cut, delay) in points.items():
        report.measures.append(Measure(f"hearing, {name}", CUT_OFF, "%", (cut,)))
        report.measures.append(Measure(f"hearing, {name}", DELAY, "ms", (delay - 1, delay, delay + 1)))
    return report


def test_families_are_joined_from_few_cut_offs_to_many() -> None:
    found = curves(report_of(POINTS | {"the model alone, semantic high": (55.0, 300.0)}))
    assert found["silence"] == ((20.0, 1100.0), (40.0, 600.0), (60.0, 400.0))
    assert found["semantic"] == ((30.0, 450.0), (50.0, 250.0))
    assert found["the model alone, semantic"] == ((55.0, 300.0),)


def test_delays_are_compared_at_the_same_cut_offs() -> None:
    at_reference, at_usual = compare(report_of(POINTS))
    assert at_reference.samples == (350.0 - 600.0,), "half way between high and medium"
    assert at_reference.met
    assert at_usual.samples == (450.0 - 850.0,)
    assert compare(report_of({"silence 300 ms": (1.0, 2.0)})) == []


@pytest.mark.parametrize(("cut", "delay"), [(10, 900.0), (20, 900.0), (30, 600.0), (40, 300.0), (50, 300.0)])
def test_beyond_its_ends_a_curve_is_not_drawn_further(cut: float, delay: float) -> None:
    assert delay_at(((20.0, 900.0), (40.0, 300.0)), cut) == delay


def test_points_at_the_same_place_are_no_trouble() -> None:
    assert delay_at(((20.0, 900.0), (20.0, 300.0)), 20.0) == 900.0
    assert delay_at(((10.0, 900.0), (20.0, 500.0), (20.0, 300.0), (30.0, 100.0)), 20.0) == 500.0


def test_the_picture_has_every_family() -> None:
    text = plot(report_of(POINTS)).svg()
    ET.fromstring(text)
    assert "semantic" in text
    assert "silence" in text
