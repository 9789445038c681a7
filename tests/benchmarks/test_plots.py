"""Curves as SVG: every point at its place, and nothing that a viewer could choke on."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from ovos_voice_agent.benchmarks.plots import HEIGHT, WIDTH, Axis, Plot, Series

SVG = "{http://www.w3.org/2000/svg}"


def plot(*series: Series, log: bool = False) -> Plot:
    return Plot("delay & cut-offs", Axis("sessions", log=log), Axis("ms < 5"), series)


def marks(drawn: Plot) -> list[tuple[float, float]]:
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in ET.fromstring(drawn.svg()).iter(f"{SVG}circle")]


def words(drawn: Plot) -> list[str]:
    return [text.text or "" for text in ET.fromstring(drawn.svg()).iter(f"{SVG}text")]


def test_larger_values_are_further_right_and_higher_up() -> None:
    (left, low), (right, high) = marks(plot(Series("ours", ((1, 10), (3, 40)))))
    assert 0 < left < right < WIDTH
    assert 0 < high < low < HEIGHT


def test_equal_factors_are_equal_distances_on_a_logarithmic_axis() -> None:
    places = [x for x, _ in marks(plot(Series("ours", ((1, 1), (10, 2), (100, 3), (1000, 4))), log=True))]
    steps = [later - earlier for earlier, later in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)


def test_what_cannot_be_drawn_is_left_out() -> None:
    points = ((0.0, 1.0), (1.0, math.nan), (2.0, math.inf), (3.0, 4.0))
    assert len(marks(plot(Series("ours", points), log=True))) == 1


@pytest.mark.parametrize("points", [(), ((5.0, 5.0),), ((0.0, 0.0),), ((-3.0, -4.0), (-1.0, -2.0))])
def test_few_points_are_no_trouble(points: tuple[tuple[float, float], ...]) -> None:
    assert len(marks(plot(Series("ours", points)))) == len(points)


def test_it_says_what_is_what() -> None:
    drawn = plot(Series("ours", ((0, 0), (10, 97))), Series("target", ((0, 5), (10, 5)), dashed=True))
    assert {"delay & cut-offs", "sessions", "ms < 5", "ours", "target", "0", "10", "80"} <= set(words(drawn))
    assert len(marks(drawn)) == 2  # a dashed line has none


def test_it_goes_into_a_file(tmp_path: Path) -> None:
    drawn = plot(Series("ours", ((0, 0),)))
    drawn.write(tmp_path / "new" / "curve.svg")
    assert (tmp_path / "new" / "curve.svg").read_text(encoding="utf-8") == drawn.svg()
