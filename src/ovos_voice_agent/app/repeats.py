"""Keeps an error that happens again and again from filling the log: a few lines a minute, then how many there were."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_IN_A_WINDOW = 5
WINDOW_S = 60.0
MOST_KINDS = 1000
"""Of errors that are told apart; more than any healthy program has."""


@dataclass(slots=True)
class _Seen:
    since: float
    lines: int = 0
    left_out: int = 0


class Repeats(logging.Filter):
    """For a handler: lets warnings and errors of one kind through at a bounded rate, and everything else.

    The first line of the next window has the value `left_out`. `clock` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[object, ...], _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now, kind = self._clock(), _kind(record)
        seen = self._kinds.get(kind)
        if seen is None or now - seen.since >= WINDOW_S:
            if seen is not None and seen.left_out:
                record.left_out = seen.left_out
            seen = self._begin(kind, now)
        seen.lines += 1
        if seen.lines > MOST_IN_A_WINDOW:
            seen.left_out += 1
        return seen.lines <= MOST_IN_A_WINDOW

    def _begin(self, kind: tuple[object, ...], now: float) -> _Seen:
        if len(self._kinds) >= MOST_KINDS:
            self._kinds.clear()
        self._kinds[kind] = _Seen(now)
        return self._kinds[kind]


def _kind(record: logging.LogRecord) -> tuple[object, ...]:
    """What makes two lines the same: where, what, and which exception; not the values."""
    exception = record.exc_info[0] if record.exc_info else None
    return (record.name, record.levelno, record.msg, exception)
