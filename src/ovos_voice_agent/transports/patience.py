"""How long a connection may do nothing: a reader that takes nothing, a client that neither sends nor hears."""

from __future__ import annotations

from dataclasses import dataclass

from ovos_voice_agent.transports.outbox import Goodbye

STALLED = Goodbye(1013, "The client reads too slowly.")
IDLE = Goodbye(1000, "idle")


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of life at one moment. `frames_sent` and `frames_received` only grow; `unsent_bytes` are the socket's."""

    frames_sent: int
    frames_received: int
    waiting_bytes: int
    unsent_bytes: int

    @property
    def data_waits(self) -> bool:
        return bool(self.waiting_bytes or self.unsent_bytes)


class Patience:
    """Judges the signs of life of one connection. Times are seconds of a monotonic clock."""

    def __init__(self, now: float, *, reader_timeout_s: float, idle_timeout_s: float) -> None:
        """`idle_timeout_s` 0: never."""
        self._reader_timeout_s = reader_timeout_s
        self._idle_timeout_s = idle_timeout_s
        self._last: Signs | None = None
        self._taken_at = now
        self._active_at = now

    @property
    def look_every_s(self) -> float:
        """How often `judge` should be asked, so that a limit is kept within a tenth."""
        return min(self._reader_timeout_s, self._idle_timeout_s or self._reader_timeout_s) / 10

    def judge(self, signs: Signs, now: float) -> Goodbye | None:
        """Why to close the connection now, or None."""
        last, self._last = self._last, signs
        if last is None or not signs.data_waits or _took_something(last, signs):
            self._taken_at = now
        if last is None or (signs.frames_sent, signs.frames_received) != (last.frames_sent, last.frames_received):
            self._active_at = now
        if now - self._taken_at >= self._reader_timeout_s:
            return STALLED
        if self._idle_timeout_s and now - self._active_at >= self._idle_timeout_s:
            return IDLE
        return None


def _took_something(last: Signs, signs: Signs) -> bool:
    """The socket's own buffer shrinks while one large frame is taken little by little."""
    return signs.frames_sent > last.frames_sent or signs.unsent_bytes < last.unsent_bytes
