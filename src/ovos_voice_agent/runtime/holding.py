"""How far a reply is made that is only a guess: up to its first sounds; then it waits until it is wanted.

Rules: whoever makes text or audio waits here, as for a slow reader, so model and voice stand still and what the session
keeps is bounded. Once the reply is wanted, this is the connection's own way and nothing more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ovos_voice_agent.core.engine_events import ReplyAudio, ReplyText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.core.session import Input

AHEAD_MS = 1_000
"""Speech made ahead: what is heard while the voice, held back until then, gets on."""
AHEAD_CHARACTERS = 2_000
"""Text made ahead of it: more than any first phrase, less than most models write in the silence of a turn's end."""


class Holding:
    """The way of one guessed reply to its client."""

    def __init__(self, writable: Callable[[], Awaitable[None]], format: AudioFormat) -> None:
        """`writable` is the connection's, `format` that of the reply's audio."""
        self._writable = writable
        self._format = format
        self._audio_bytes = self._characters = 0
        self._wanted = False
        self._progress = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether enough was made."""
        return self._audio_bytes >= self._format.bytes_in_ms(AHEAD_MS) or self._characters >= AHEAD_CHARACTERS

    def count(self, report: Input) -> None:
        """Something was made."""
        if isinstance(report, ReplyAudio):
            self._audio_bytes += len(report.audio)
        elif isinstance(report, ReplyText):
            self._characters += len(report.text)

    def release(self) -> None:
        """The reply is wanted."""
        self._wanted = True
        self._progress.set()

    async def writable(self) -> None:
        """Wait until more may be made."""
        if not self._wanted and self.full:
            await self._progress.wait()
        if self._wanted:
            await self._writable()
