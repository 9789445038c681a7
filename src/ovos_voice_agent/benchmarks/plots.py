"""Curves as SVG files: lines with marks over two axes, each linear or logarithmic, with a legend.

Rules: no library, no fonts, no scripts; colours can be told apart by people who confuse red and green; what is not
finite, or not above zero on a logarithmic axis, is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 200, 44, 60
"""Margins; the legend is in the right one."""
_TICKS = 6
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_PADDING = 0.04
"""Of a linear axis beyond the outermost points."""


@dataclass(frozen=True, slots=True)
class Axis:
    """`label` with its unit. A linear axis begins at zero when `from_zero`."""

    label: str
    log: bool = False
    from_zero: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y) in the order in which they are joined. `dashed` is for targets and references."""

    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]

    def svg(self) -> str:
        """The picture as one SVG document."""
        shown = [(series, self._drawable(series)) for series in self.series]
        points = [point for _, drawable in shown for point in drawable] or [(1.0, 1.0)]
        across = _Scale.over((x for x, _ in points), self.x, _LEFT, WIDTH - _RIGHT)
        upwards = _Scale.over((y for _, y in points), self.y, HEIGHT - _BOTTOM, _TOP)
        parts = [*self._frame(across, upwards)]
        for number, (series, drawable) in enumerate(shown):
            parts += _curve(series, [(across.at(x), upwards.at(y)) for x, y in drawable], number)
        return _document(parts)

    def write(self, path: Path) -> None:
        """To a file, whose folder is made. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.svg(), encoding="utf-8")

    def _drawable(self, series: Series) -> list[tuple[float, float]]:
        return [(x, y) for x, y in series.points if _fits(x, self.x) and _fits(y, self.y)]

    def _frame(self, across: _Scale, upwards: _Scale) -> Iterable[str]:
        right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
        yield _text(WIDTH / 2 - _RIGHT / 2 + _LEFT / 2, 22, self.title, "middle", bold=True)
        yield _text((_LEFT + right) / 2, HEIGHT - 16, self.x.label, "middle")
        yield f'<g transform="rotate(-90 20 {(_TOP + bottom) / 2:.1f})">'
        yield _text(20, (_TOP + bottom) / 2, self.y.label, "middle") + "</g>"
        for value in across.ticks:
            yield _line(across.at(value), _TOP, across.at(value), bottom)
            yield _text(across.at(value), bottom + 18, f"{value:g}", "middle")
        for value in upwards.ticks:
            yield _line(_LEFT, upwards.at(value), right, upwards.at(value))
            yield _text(_LEFT - 8, upwards.at(value) + 4, f"{value:g}", "end")


@dataclass(frozen=True, slots=True)
class _Scale:
    """Values from `low` to `high` -> pixels from `first` to `last`."""

    low: float
    high: float
    first: float
    last: float
    log: bool
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Iterable[float], axis: Axis, first: float, last: float) -> _Scale:
        """Just large enough for all values; there is at least one."""
        found = list(values)
        low, high = min(found), max(found)
        if axis.log:
            low, high = 10 ** math.floor(math.log10(low)), 10 ** max(math.ceil(math.log10(high)), math.log10(low) + 1)
            exponents = range(round(math.log10(low)), round(math.log10(high)) + 1)
            return cls(low, high, first, last, log=True, ticks=tuple(10.0**exponent for exponent in exponents))
        low = min(low, 0.0) if axis.from_zero else low
        high = high if high > low else low + 1
        high += (high - low) * _PADDING
        return cls(low, high, first, last, log=False, ticks=_round_numbers(low, high))

    def at(self, value: float) -> float:
        """The pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.first + share * (self.last - self.first)


def _round_numbers(low: float, high: float) -> tuple[float, ...]:
    """About `_TICKS` values that people like, from low to high."""
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step)
    return tuple(round(number * step, 12) for number in range(first, math.floor(high / step) + 1))


def _fits(value: float, axis: Axis) -> bool:
    return math.isfinite(value) and (value > 0 or not axis.log)


def _curve(series: Series, pixels: Sequence[tuple[float, float]], number: int) -> Iterable[str]:
    """The line, its marks, and its row of the legend."""
    colour = _COLOURS[number % len(_COLOURS)]
    dashes = ' stroke-dasharray="6 4"' if series.dashed else ""
    stroke = f'fill="none" stroke="{colour}" stroke-width="2"{dashes}'
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in pixels)
    yield f'<polyline points="{joined}" {stroke}/>'
    if not series.dashed:
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in pixels)
    left, row = WIDTH - _RIGHT + 14, _TOP + 12 + 20 * number
    yield f'<line x1="{left}" y1="{row - 4}" x2="{left + 22}" y2="{row - 4}" {stroke}/>'
    yield _text(left + 28, row, series.name, "start")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _text(x: float, y: float, words: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _document(parts: Iterable[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    style = 'font-family="sans-serif" font-size="12"'
    return "\n".join([f"{head} {style}>", '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])
