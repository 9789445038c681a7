"""What to draw of reports: cost and answers by the number of sessions, memory by the number of connects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ovos_voice_agent.benchmarks.plots import Axis, Plot, Series
from ovos_voice_agent.benchmarks.report import Measure, Report

_LOAD = re.compile(r"density, (?P<kind>\w+) x(?P<sessions>\d+)$")
_SESSIONS = Axis("sessions", log=True)


def pictures(reports: Sequence[Report]) -> dict[str, Plot]:
    """By the name of the file; only those for which something was measured. Several servers are in one picture."""
    drawn = {
        "density-cpu": Plot(
            "What one session costs",
            _SESSIONS,
            Axis("% of a core per session, median"),
            _by_sessions(reports, "server's CPU per session", lambda measure: measure.median),
        ),
        "density-round-trip": Plot(
            "How long a session.update takes",
            _SESSIONS,
            Axis("ms, 99 % are below", log=True),
            _by_sessions(reports, "session.update round trip", lambda measure: measure.percentile(0.99)),
        ),
        "density-memory": Plot(
            "What one session holds",
            _SESSIONS,
            Axis("kB per session", log=True),
            _by_sessions(reports, "server's memory per session", lambda measure: measure.median),
        ),
        "soak": Plot("Memory after connects that vanish", Axis("tenths of all connects"), Axis("MB"), _soak(reports)),
    }
    return {name: plot for name, plot in drawn.items() if plot.series}


def _by_sessions(reports: Sequence[Report], name: str, value: Callable[[Measure], float]) -> tuple[Series, ...]:
    """A line for each kind of session and each server."""
    series = []
    for report in reports:
        points: dict[str, list[tuple[float, float]]] = {}
        for measure in report.measures:
            load = _LOAD.match(measure.benchmark)
            if load and measure.name == name:
                points.setdefault(load["kind"], []).append((float(load["sessions"]), value(measure)))
        series += _lines(points, report, reports)
    return tuple(series)


def _lines(points: Mapping[str, list[tuple[float, float]]], report: Report, reports: Sequence[Report]) -> list[Series]:
    server = f" {report.url}" if len(reports) > 1 else ""
    return [Series(f"{kind}{server}", tuple(sorted(found))) for kind, found in points.items()]


def _soak(reports: Sequence[Report]) -> tuple[Series, ...]:
    return tuple(
        Series(report.url, tuple((float(place), grown) for place, grown in enumerate(measure.samples, 1)))
        for report in reports
        for measure in report.measures
        if (measure.benchmark, measure.name) == ("soak", "memory grown by")
    )
