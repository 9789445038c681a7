"""How many events a client may send in a second."""

from __future__ import annotations

TOLERATED_IN_A_ROW = 100
"""So many refused ones in a row are no burst but abuse."""


class EventRate:
    """Counts the events of one client in windows of one second. `per_second` 0: no limit."""

    __slots__ = ("_left", "_window_ends", "per_second", "refused_in_a_row")

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self.refused_in_a_row = 0
        self._left = per_second
        self._window_ends = float("-inf")

    def allows(self, now: float) -> bool:
        """Whether an event at `now` (monotonic seconds) is within the limit."""
        if not self.per_second:
            return True
        if now >= self._window_ends:
            self._left, self._window_ends = self.per_second, now + 1.0
        if self._left:
            self._left -= 1
            self.refused_in_a_row = 0
            return True
        self.refused_in_a_row += 1
        return False

    @property
    def abused(self) -> bool:
        return self.refused_in_a_row >= max(TOLERATED_IN_A_ROW, self.per_second)
