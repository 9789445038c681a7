"""Input audio not yet committed, with its exact positions. Nothing is lost and nothing is used twice."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.clock import TICKS_PER_MS, TICKS_PER_SECOND, Tick, from_samples


@dataclass(frozen=True, slots=True)
class Piece:
    """Audio of one format: whole samples from position `start` on."""

    start: Tick
    format: AudioFormat
    data: bytes

    @property
    def end(self) -> Tick:
        return Tick(self.start + from_samples(len(self.data) // self.format.bytes_per_sample, self.format.rate_hz))

    def part(self, start: Tick, end: Tick) -> Piece:
        """The samples that begin in [start, end)."""
        first = self._sample_at(start)
        last = self._sample_at(end)
        width = self.format.bytes_per_sample
        begin = Tick(self.start + from_samples(first, self.format.rate_hz))
        return Piece(begin, self.format, self.data[first * width : last * width])

    def _sample_at(self, position: Tick) -> int:
        """The first sample that begins at `position` or later."""
        ticks_per_sample = TICKS_PER_SECOND // self.format.rate_hz
        return max(0, -(-(position - self.start) // ticks_per_sample))


class InputAudio:
    """The input audio buffer and the connection's audio clock."""

    __slots__ = ("_appended_at", "_odd", "_pieces", "committed", "end")

    def __init__(self, now: float) -> None:
        self._pieces: deque[Piece] = deque()
        self._odd = b""
        self._appended_at = now
        self.end = Tick(0)
        """The position after the last sample ever appended."""
        self.committed = Tick(0)
        """The end of the last committed segment: no later segment begins before it."""

    @property
    def start(self) -> Tick:
        """The position of the oldest sample still here."""
        return self._pieces[0].start if self._pieces else self.end

    @property
    def length(self) -> Tick:
        return Tick(self.end - self.start)

    def append(self, audio: bytes, format: AudioFormat, now: float) -> Piece | None:
        """Add audio; half a sample waits for its other half. Returns what was added, or None."""
        self._appended_at = now
        audio = self._odd + audio if self._odd else audio
        whole = len(audio) - len(audio) % format.bytes_per_sample
        self._odd = audio[whole:]
        if not whole:
            return None
        piece = Piece(self.end, format, audio[:whole] if self._odd else audio)
        self._pieces.append(piece)
        self.end = piece.end
        return piece

    def format_changes(self) -> None:
        """Half a sample of the old format means nothing in the new one."""
        self._odd = b""

    def commit(self, start: Tick, end: Tick) -> list[Piece]:
        """Take [start, end) out as a segment; what came before it is discarded, what follows stays."""
        taken = [part for piece in self._pieces if (part := piece.part(start, end)).data]
        self.committed = end
        self.discard(end)
        return taken

    def empty(self) -> None:
        """Drop everything, with half a sample that waits."""
        self._odd = b""
        self._pieces.clear()

    def discard(self, before: Tick) -> None:
        """Let go of audio before `before`."""
        while self._pieces and self._pieces[0].end <= before:
            self._pieces.popleft()
        if self._pieces and self._pieces[0].start < before:
            self._pieces[0] = self._pieces[0].part(before, self._pieces[0].end)

    def at_ms(self, now: float) -> int:
        """The audio clock at a time: the end of the audio, extended by the time since it came."""
        return self.end // TICKS_PER_MS + round((now - self._appended_at) * 1000)


def joined(pieces: list[Piece]) -> tuple[bytes, AudioFormat] | None:
    """The bytes of a segment, or None when its format changed on the way."""
    if not pieces or any(piece.format != pieces[0].format for piece in pieces):
        return None
    return b"".join(piece.data for piece in pieces), pieces[0].format


def length_ms(pieces: list[Piece]) -> int:
    """Whole milliseconds of a segment."""
    return sum(piece.end - piece.start for piece in pieces) // TICKS_PER_MS
