"""The idle timeout of server VAD: when nobody speaks for a while after an answer was heard, the model goes on
(6.17)."""

from __future__ import annotations

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.reply import Reply
from ovos_voice_agent.protocol.settings import ServerVad, TurnDetection

TIMER = "idle_timeout"


class IdleTimeout:
    """One wait at a time, counted from the end of playback."""

    __slots__ = ("_after_reply", "_outputs", "_set")

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._set = False
        self._after_reply = False

    def reply_ended(self, reply: Reply, detecting: TurnDetection | None) -> None:
        """Wait from the time at which the client has played all of this reply."""
        self._after_reply = True
        played = self._outputs.now
        if reply.first_audio_at is not None:
            played = max(played, reply.first_audio_at + reply.audio_ms / 1000)
        self._wait_from(played, detecting)

    def resume(self, detecting: TurnDetection | None) -> None:
        """Speech has ended: wait anew, for there may be no answer to it. Before any reply nobody waits."""
        if self._after_reply:
            self._wait_from(self._outputs.now, detecting)

    def _wait_from(self, start: float, detecting: TurnDetection | None) -> None:
        if isinstance(detecting, ServerVad) and detecting.idle_timeout_ms is not None:
            self._set = True
            self._outputs.order(c.SetTimer(TIMER, start + detecting.idle_timeout_ms / 1000))

    def stop(self) -> None:
        """Someone speaks, or a reply begins: no need to wait."""
        if self._set:
            self._set = False
            self._outputs.order(c.ClearTimer(TIMER))

    def fired(self) -> bool:
        """The wait is over; False when it was stopped in the meantime."""
        was_set, self._set = self._set, False
        return was_set
