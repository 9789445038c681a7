"""Errors that happen again and again are logged at a bounded rate."""

from __future__ import annotations

import logging

from ovos_voice_agent.app.repeats import MOST_IN_A_WINDOW, MOST_KINDS, WINDOW_S, Repeats


class Now:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def record(message: str = "it failed", level: int = logging.ERROR, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("part", level, "", 0, message, (), exc_info)  # type: ignore[arg-type]


def test_a_few_lines_pass_and_the_next_window_tells_of_the_rest() -> None:
    now = Now()
    repeats = Repeats(now)
    assert [repeats.filter(record()) for _ in range(100)] == [True] * MOST_IN_A_WINDOW + [False] * 95
    now.s = WINDOW_S
    told = record()
    assert repeats.filter(told)
    assert vars(told)["left_out"] == 95
    now.s = 2 * WINDOW_S
    assert repeats.filter(fresh := record())
    assert "left_out" not in vars(fresh)


def test_other_lines_are_not_held_back() -> None:
    repeats = Repeats(Now())
    for _ in range(MOST_IN_A_WINDOW + 1):
        repeats.filter(record())
    assert repeats.filter(record("something else"))
    assert repeats.filter(record(level=logging.WARNING))
    assert repeats.filter(record(error=ValueError()))
    assert all(repeats.filter(record(level=logging.INFO)) for _ in range(100))


def test_its_memory_is_bounded() -> None:
    repeats = Repeats(Now())
    for number in range(2 * MOST_KINDS + 1):
        repeats.filter(record(f"{number}"))
    assert len(repeats._kinds) <= MOST_KINDS
