"""A long recording -> pieces that a recogniser takes one after another, cut where nobody speaks.

Rules:

- With `Pauses` each utterance is a piece, and what is between them is left out: it gives the times of subtitles.
- With `Whole` nothing is left out, and a recording is cut only when a piece grows long.
- No piece is longer than `LONGEST_S`: it bounds what is in memory, and how long a recogniser works on one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ovos_voice_agent.audio.blocks import Blocks
from ovos_voice_agent.audio.edges import Offset, Onset, SpeechEdges
from ovos_voice_agent.audio.ring import AudioRing
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.errors import EngineTimeout

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples
    from ovos_voice_agent.engines.interface import Vad

LONGEST_S = 20.0
"""Models take 30 s and more; a slow recogniser must be done with a piece before anybody gives it up."""
PATIENCE_S = 12.0
"""From here on a piece of `Whole` ends at the next pause."""
PAUSE_MS = 300
"""Enough for a breath between words; sentences have more between them."""
QUIET = 0.3
"""Less likely to be speech than this is a pause."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Each utterance is a piece. The numbers mean what they mean in a session's turn detection."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500


@dataclass(frozen=True, slots=True)
class Whole:
    """One piece, as long as it is not too long."""


Cutting: TypeAlias = Pauses | Whole


class Piece(NamedTuple):
    """`pcm` is mono int16 at ENGINE_RATE_HZ; `speech` is how much of it the detector took for speech, where it was
    asked."""

    start_sample: int
    pcm: bytes
    speech: float | None = None

    @property
    def start_s(self) -> float:
        return self.start_sample / ENGINE_RATE_HZ

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.pcm) / 2 / ENGINE_RATE_HZ


class Judge:
    """A detector's answers, to be waited for."""

    def __init__(self, vad: Vad, limit_s: float) -> None:
        self._stream = vad.open()
        self._limit_s = limit_s

    async def probabilities(self, windows: FloatSamples) -> Sequence[float]:
        """Of speech, one for each window. Raises EngineTimeout."""
        if not len(windows):
            return ()
        answer: asyncio.Future[Sequence[float]] = asyncio.get_running_loop().create_future()
        self._stream.submit(windows, lambda found: None if answer.done() else answer.set_result(found))
        try:
            async with asyncio.timeout(self._limit_s):
                return await answer
        except TimeoutError as error:
            raise EngineTimeout("The voice detector took too long.") from error

    def close(self) -> None:
        self._stream.close()


class Cutter:
    """Cuts one recording. `close` it at the end, whatever happened."""

    def __init__(self, vad: Vad, cutting: Cutting, limit_s: float) -> None:
        """`limit_s` is how long the detector may take for two seconds of sound."""
        self._judge = Judge(vad, limit_s)
        self._all = isinstance(cutting, Whole)
        pauses = cutting if isinstance(cutting, Pauses) else Pauses(silence_duration_ms=PAUSE_MS)
        self._padding = ENGINE_RATE_HZ * pauses.prefix_padding_ms // 1000
        window = vad.window_samples
        self._edges = SpeechEdges(pauses.threshold, pauses.silence_duration_ms, window_samples=window)
        self._blocks = Blocks(window)
        self._ring = AudioRing(int(2 * LONGEST_S * ENGINE_RATE_HZ))
        self._start: int | None = 0 if self._all else None
        """Where the open piece begins; None between utterances."""
        self._cut_sample = 0
        self._quiet_windows = 0
        self._speech = _Mean()

    @property
    def end_sample(self) -> int:
        """All samples so far."""
        return self._ring.end_sample

    async def push(self, samples: FloatSamples) -> list[Piece]:
        """The pieces that are complete now. Give at most some seconds at once."""
        self._ring.append_float(samples)
        cut = self._blocks.push(samples)
        windows, first = cut.blocks, cut.start_sample
        if self._all:  # the detector is asked only where a pause would be used
            skipped = max(0, -(-(self._patient_until - first) // self._blocks.size))
            windows, first = windows[skipped:], first + min(skipped, len(windows)) * self._blocks.size
        pieces = []
        for place, probability in enumerate(await self._judge.probabilities(windows)):
            pieces += self._judged(probability, first + place * self._blocks.size)
        return pieces

    def finish(self) -> list[Piece]:
        """The last piece, if one is open."""
        return [] if self._start is None else self._take(self._ring.end_sample)

    def close(self) -> None:
        self._judge.close()

    @property
    def _patient_until(self) -> int:
        return (self._start or 0) + int(PATIENCE_S * ENGINE_RATE_HZ)

    def _judged(self, probability: float, at_sample: int) -> list[Piece]:
        end_sample = at_sample + self._blocks.size
        self._speech.add(probability)
        pause = (self._long_pause if self._all else self._utterance_end)(probability, at_sample)
        if pause is not None:
            return self._take(pause)
        if self._start is None:
            self._ring.forget(end_sample - self._padding - 2 * self._blocks.size)
        elif end_sample - self._start >= int(LONGEST_S * ENGINE_RATE_HZ):
            return self._take(end_sample, goes_on=True)
        return []

    def _utterance_end(self, probability: float, at_sample: int) -> int | None:
        """Where the open piece ends, if it does in this window; or opens one."""
        edge = self._edges.update(probability, at_sample)
        if isinstance(edge, Onset):
            self._start = max(self._cut_sample, edge.at_sample - self._padding)
            self._speech = _Mean()
        if isinstance(edge, Offset):
            return min(edge.at_sample, edge.last_speech_sample + self._padding)
        return None

    def _long_pause(self, probability: float, at_sample: int) -> int | None:
        """The middle of a pause, once the piece is long enough to be cut."""
        if at_sample < self._patient_until:
            return None
        self._quiet_windows = self._quiet_windows + 1 if probability < QUIET else 0
        if self._quiet_windows * self._blocks.size * 1000 < PAUSE_MS * ENGINE_RATE_HZ:
            return None
        self._quiet_windows = 0
        return at_sample + self._blocks.size - PAUSE_MS * ENGINE_RATE_HZ // 2000

    def _take(self, end_sample: int, *, goes_on: bool = False) -> list[Piece]:
        start = self._start or 0
        piece = Piece(start, self._ring.slice(start, end_sample), self._speech.value)
        self._ring.forget(end_sample)
        self._cut_sample, self._speech = end_sample, _Mean()
        self._start = end_sample if goes_on or self._all else None
        return [piece] if piece.pcm else []


class _Mean:
    """Of all numbers added."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._count = 0

    def add(self, number: float) -> None:
        self._sum += number
        self._count += 1

    @property
    def value(self) -> float | None:
        return self._sum / self._count if self._count else None
