"""Which curves are drawn of which measures."""

from __future__ import annotations

from ovos_voice_agent.benchmarks.pictures import pictures
from ovos_voice_agent.benchmarks.report import Measure, Report

CPU, TRIP = "server's CPU per session", "session.update round trip"


def report(url: str, *measures: Measure) -> Report:
    return Report(url, list(measures))


def cpu(kind: str, sessions: int, *samples: float) -> Measure:
    return Measure(f"density, {kind} x{sessions}", CPU, "% of a core", samples)


def test_each_kind_is_a_line_over_the_number_of_sessions() -> None:
    measured = report("http://a", cpu("noise", 10, 1.0, 2.0, 9.0), cpu("silence", 10, 1.0), cpu("noise", 1, 3.0))
    [line, other] = pictures([measured])["density-cpu"].series
    assert (line.name, line.points) == ("noise", ((1.0, 3.0), (10.0, 2.0)))
    assert (other.name, other.points) == ("silence", ((10.0, 1.0),))


def test_several_servers_are_side_by_side() -> None:
    reports = [report("http://a", cpu("noise", 1, 3.0)), report("http://b", cpu("noise", 1, 4.0))]
    assert [line.name for line in pictures(reports)["density-cpu"].series] == ["noise http://a", "noise http://b"]


def test_of_round_trips_the_slow_ones_count() -> None:
    trips = Measure("density, mixed x100", TRIP, "ms", tuple(float(n) for n in range(1000)))
    [line] = pictures([report("http://a", trips)])["density-round-trip"].series
    assert line.points == ((100.0, 990.0),)


def test_memory_is_drawn_tenth_by_tenth() -> None:
    grown = Measure("soak", "memory grown by", "MB", (0.5, 0.75))
    assert pictures([report("http://a", grown)])["soak"].series[0].points == ((1.0, 0.5), (2.0, 0.75))


def test_nothing_is_drawn_of_nothing() -> None:
    assert pictures([report("http://a", Measure("latency", "x", "ms", (1.0,)))]) == {}
