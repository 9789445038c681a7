"""The first message: what is said when a session begins and the client leaves the first word to us.

Rules:

- Clients set their session up right after `session.created`; what is said before that would be in the wrong voice and
  format, and a voice that has spoken cannot be changed. So we wait, and after each update a little longer.
- Whoever acts first has the first word: when the client creates an item or a response, or the person speaks, nothing is
  said.
"""

from __future__ import annotations

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.protocol import client_events as ce

TIMER = "first_message"

PATIENCE_S = 1.0
"""For a client that never configures anything. SDKs send their update as soon as the session stands."""
AFTER_UPDATE_S = 0.2
"""Some clients send one update for the voice, another for the tools."""

FORESTALLING = frozenset({ce.ConversationItemCreate, ce.ResponseCreate, ce.InputAudioBufferCommit, ee.ShuttingDown})
"""Inputs after which it is too late; so it is once speech has started."""


class Greeting:
    """Waits for the right moment, once."""

    __slots__ = ("_outputs", "_waiting", "text")

    def __init__(self, outputs: Outputs, text: str) -> None:
        self._outputs = outputs
        self._waiting = False
        self.text = text
        """Empty: nothing is said."""

    def open(self) -> None:
        """The session stands."""
        self._waiting = bool(self.text)
        self._wait(PATIENCE_S)

    def configured(self) -> None:
        """The client has changed its settings."""
        self._wait(AFTER_UPDATE_S)

    def drop(self) -> None:
        """Somebody else has the first word, or the session is over."""
        if self._waiting:
            self._waiting = False
            self._outputs.order(c.ClearTimer(TIMER))

    def fired(self) -> bool:
        """Whether it is to be said now."""
        was_waiting, self._waiting = self._waiting, False
        return was_waiting

    def _wait(self, seconds: float) -> None:
        if self._waiting:
            self._outputs.order(c.SetTimer(TIMER, self._outputs.now + seconds))
