"""Whether this process keeps up with its sessions, and so whether it may take more of them.

Rules:

- What there is to bear is measured while it is borne: by the share of a core that the event loop's thread takes or
  waits for, and by how late the loop is. One core is all that the sessions of a process have, and less where others
  take it. The detector has a thread of its own: how long it makes sessions wait is the third measure.
- A session that was just let in has not shown yet what it takes. Until then it counts with what is expected of it
  (`calibrating.py` found that out at the start), so that a crowd that comes at once is refused before the loop is late.
- Beyond its capacity new sessions are refused, and those that live keep their latency. It ends only well below, so that
  clients are not let in and refused by turns.
- A handful of sessions is never refused: then other programs take the machine, and refusing would not help.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from ovos_voice_agent.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_S = 2.0
"""What is judged: long enough for a burst of connects to pass, short enough to stop the next."""

BUSY_SHARE, CALM_SHARE = 0.75, 0.65
"""Of one core. Above, a queue forms behind every burst; the detector's thread needs the interpreter as well, and other
programs of the machine may want more at any time."""

LATE_S, CALM_LATE_S = 0.025, 0.01
"""Median lateness: people notice delays of 100 ms, of which this is to be the smaller part."""

DETECTOR_LATE_S, DETECTOR_CALM_S = 0.06, 0.03
"""Median wait for the detector: two windows of speech. When it has time it answers after 8 ms to 20 ms, for it gathers
what many sessions ask; beyond two windows more comes in than goes out, and then it is late by seconds."""

FRESH_S = 5.0
"""In so long a session shows what it takes: people say something soon after they connect. What is expected of it counts
less and less meanwhile."""

FEW_SESSIONS = 8

RETRY_AFTER_S = 10


_SCHEDULED = "/proc/thread-self/schedstat"
"""Linux: nanoseconds on a core, nanoseconds in wait of one, and how often. Reading it takes a few microseconds."""


def wanted_s() -> float:
    """How long this thread has worked, or could have worked and waited for a core, as far as the system tells."""
    return time.thread_time() + _waited_s()


def _waited_s() -> float:
    try:
        file = os.open(_SCHEDULED, os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(os.read(file, 100).split()[1]) / 1e9
    finally:
        os.close(file)


class _Look(NamedTuple):
    at_s: float
    busy_s: float
    late_s: float


class BusyError(ClientError):
    """The server would not keep up with more sessions. `retry_after_s`: when it makes sense to try again."""

    def __init__(self, sessions: int) -> None:
        message = f"The server is busy with {sessions} sessions and would not keep up with more. Try again later."
        super().__init__(message, type="server_error", code="service_unavailable", status=503)
        self.retry_after_s = RETRY_AFTER_S


class Pressure:
    """Looks of the last two seconds. For use on the thread of the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, busy_s: Callable[[], float] = wanted_s) -> None:
        """`clock` gives monotonic seconds, `busy_s` how long this thread has worked or wanted to so far."""
        self._clock = clock
        self._busy_s = busy_s
        self._looks: deque[_Look] = deque()
        self._waits: deque[tuple[float, float]] = deque()
        self._refusing = False
        self._expected_share = 0.0
        self._let_in_s: deque[float] = deque()

    def expect(self, share: float) -> None:
        """Of a core, what each new session is expected to take; 0: nothing is known."""
        self._expected_share = share

    def let_in(self) -> None:
        """A session comes, now."""
        self._let_in_s.append(self._clock())

    def note(self, late_s: float) -> None:
        """How late the loop is just now; told again and again."""
        now = self._clock()
        self._looks.append(_Look(now, self._busy_s(), late_s))
        while now - self._looks[0].at_s > WINDOW_S:
            self._looks.popleft()

    def note_detector(self, late_s: float) -> None:
        """How long the detector makes a session wait just now; told again and again."""
        self._waits.append((self._clock(), late_s))

    def check(self, sessions: int) -> None:
        """Raises BusyError when this process, with so many sessions, would not keep up with another."""
        share, late_s, detector_s = self._busy_share(), self._late_s(), self._detector_late_s()
        if self._refusing:
            self._refusing = share > CALM_SHARE or late_s > CALM_LATE_S or detector_s > DETECTOR_CALM_S
        else:
            self._refusing = share > BUSY_SHARE or late_s > LATE_S or detector_s > DETECTOR_LATE_S
        too_many = share + self._expected_of_newcomers(sessions) > BUSY_SHARE
        if (self._refusing or too_many) and sessions >= FEW_SESSIONS:
            raise BusyError(sessions)

    def _expected_of_newcomers(self, sessions: int) -> float:
        """What those who just came, and one more, will take beyond what shows already. Whoever left again counts no
        more, as far as there cannot be so many newcomers as sessions."""
        now = self._clock()
        while self._let_in_s and now - self._let_in_s[0] > FRESH_S:
            self._let_in_s.popleft()
        unseen = sum(1 - (now - at_s) / FRESH_S for at_s in self._let_in_s)
        return (min(unseen, sessions) + 1) * self._expected_share

    def _busy_share(self) -> float:
        """0 until half of the window has been seen: loading engines is no load of sessions."""
        if not self._looks or self._looks[-1].at_s - self._looks[0].at_s < WINDOW_S / 2:
            return 0.0
        first, last = self._looks[0], self._looks[-1]
        return (last.busy_s - first.busy_s) / (last.at_s - first.at_s)

    def _late_s(self) -> float:
        return statistics.median(look.late_s for look in self._looks) if self._looks else 0.0

    def _detector_late_s(self) -> float:
        """0 while it is not looked at: there are few sessions then."""
        now = self._clock()
        while self._waits and now - self._waits[0][0] > WINDOW_S:
            self._waits.popleft()
        return statistics.median(late_s for _, late_s in self._waits) if self._waits else 0.0
