"""What the recogniser of a session hears: its input audio, without noise while the client asks for that.

Rules:

- Off, it is the intake, bit for bit; the detector hears that in any case, for it needs no help and is as often harmed.
- Sample k is the sound at sample k of the intake: the front end's delay is taken off again.
- What is handed out is a function of the audio and of where an utterance ends, never of chunks or of the front end's
  pace: up to `decided(end)` it is cleaned, the last 34 ms behind are as they came. An utterance ends in silence.
- A front end that fails or hangs is left out: speech in noise is better than no speech.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec import UNSET

from ovos_voice_agent.audio.ring import AudioRing
from ovos_voice_agent.engines.frontend.interface import FrontendOptions
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.runtime.intake import LIMIT_SAMPLES

if TYPE_CHECKING:
    from ovos_voice_agent.engines.frontend.interface import Frontend, FrontendStream
    from ovos_voice_agent.engines.interface import FloatSamples
    from ovos_voice_agent.protocol.settings import NoiseReduction
    from ovos_voice_agent.runtime.intake import Intake

log = logging.getLogger(__name__)

HELD_SAMPLES = 2 * ENGINE_RATE_HZ // 1000
"""What the intake may hold back at the end of what came: the most that its resampler looks ahead."""


class Source(Protocol):
    """Where an utterance's audio comes from: an `Intake`, or what was made of one."""

    def slice(self, start_sample: int, end_sample: int) -> bytes:
        """Mono int16 at 16 kHz from `start_sample` up to `end_sample`, as far as it is kept."""


NO_LIMIT = sys.maxsize


class Cleaning:
    """The front end of one session."""

    def __init__(
        self, frontend: Frontend | None, intake: Intake, progressed: Callable[[], None], failed: Callable[[], None]
    ) -> None:
        """`progressed` is called when more is cleaned or cleaning ends, `failed` for each failure of the front end."""
        self._frontend = frontend
        self._frame_samples = frontend.frame_samples if frontend else 1
        self._delay_samples = frontend.delay_samples if frontend else 0
        self._intake = intake
        self._progressed = progressed
        self._failed = failed
        self._stream: FrontendStream | None = None
        self._generation = 0
        self._ring: AudioRing | None = None
        """What was cleaned; None when nobody asks for any of it."""
        self._start_sample = 0
        """Where the stream began."""
        self._next_sample = 0
        """The first sample that was not handed to it."""
        self._skip_samples = 0
        self._limit_sample = NO_LIMIT

    @property
    def on(self) -> bool:
        return self._stream is not None

    @property
    def waiting_samples(self) -> int:
        """Audio in the front end's hands, beyond what it always holds."""
        if self._stream is None or self._ring is None:
            return 0
        return self._next_sample - self._delay_samples - self._ring.end_sample + self._skip_samples

    @property
    def next_sample(self) -> int:
        """The first sample of the intake that is still needed here."""
        return self._next_sample if self._stream is not None else NO_LIMIT

    def configure(self, settings: NoiseReduction | None) -> None:
        """From the newest sample on, clean so, or (None) not."""
        self._end()
        if settings is None or self._frontend is None:
            return
        strength = 1.0 if settings.strength is UNSET else settings.strength
        try:
            self._stream = self._frontend.open(FrontendOptions(settings.type == "far_field", strength))
        except Exception:
            log.exception("the front end could not be opened")
            self._failed()
            return
        self._begin()

    def take(self) -> None:
        """Hand over all frames that are whole."""
        size = self._frame_samples
        count = (self._intake.end_sample - self._next_sample) // size
        if self._stream is None or count < 1:
            return
        start, self._next_sample = self._next_sample, self._next_sample + count * size
        frames = self._intake.floats(start, self._next_sample).reshape(count, size)
        try:
            self._stream.submit(frames, partial(self._deliver, self._generation))
        except Exception:
            log.exception("the front end failed")
            self._failed()
            self._end()
            self._progressed()

    def decided(self, end_sample: int) -> int:
        """Where the cleaned part of an utterance stops that ends at `end_sample`."""
        if self._stream is None or end_sample <= self._start_sample:
            return end_sample
        size = self._frame_samples
        frames = (end_sample - self._start_sample - HELD_SAMPLES) // size
        return max(self._start_sample, self._start_sample + frames * size - self._delay_samples)

    def ready(self, end_sample: int) -> bool:
        """Whether an utterance that ends there can be handed out."""
        return self._stream is None or self._clean_end >= self.decided(end_sample)

    def reached(self, until_sample: int) -> int:
        """How much of the audio before `until_sample` may be handed out, while the utterance goes on."""
        return until_sample if self._stream is None else min(self.decided(until_sample), self._clean_end)

    def slice(self, start_sample: int, end_sample: int) -> bytes:
        """As `Intake.slice`."""
        if self._ring is None:
            return self._intake.slice(start_sample, end_sample)
        first, last = self._ring.start_sample, min(self._clean_end, self._limit_sample)
        return b"".join(
            (
                self._raw(start_sample, min(first, end_sample)),
                self._ring.slice(start_sample, min(last, end_sample)),
                self._raw(max(start_sample, last), end_sample),
            )
        )

    @contextmanager
    def ending_at(self, end_sample: int) -> Iterator[None]:
        """Inside, what is handed out is the rest of an utterance that ends there."""
        self._limit_sample = self.decided(end_sample)
        try:
            yield
        finally:
            self._limit_sample = NO_LIMIT

    def forget(self, before_sample: int) -> None:
        """Let go of what is old."""
        if self._ring is None:
            return
        self._ring.forget(before_sample)
        if self._stream is None and self._ring.start_sample >= self._ring.end_sample:
            self._ring = None

    def give_up(self) -> None:
        """The front end does not answer: its sound is not waited for any more."""
        log.error("the front end does not answer; speech is recognised with its noise")
        self._failed()
        self._end()
        self._progressed()

    def close(self) -> None:
        """No more calls."""
        self._end()
        self._ring = None

    # ------------------------------------------------------------------------------------------------------- the stream

    def _begin(self) -> None:
        self._start_sample = self._next_sample = self._intake.end_sample
        self._skip_samples = self._delay_samples
        if self._ring is None:
            self._ring = AudioRing(LIMIT_SAMPLES, start_sample=self._start_sample)
        else:  # what came in between is kept as it was
            self._ring.append_bytes(self._intake.slice(self._ring.end_sample, self._start_sample))

    def _end(self) -> None:
        self._generation += 1
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _deliver(self, generation: int, frames: Sequence[FloatSamples]) -> None:
        if generation != self._generation or self._ring is None:
            return
        for frame in frames:
            skipped = min(self._skip_samples, len(frame))
            self._skip_samples -= skipped
            self._ring.append_float(frame[skipped:])
        self._progressed()

    # -------------------------------------------------------------------------------------------------------- the parts

    @property
    def _clean_end(self) -> int:
        return self._ring.end_sample if self._ring is not None else 0

    def _raw(self, start_sample: int, end_sample: int) -> bytes:
        return self._intake.slice(start_sample, end_sample) if start_sample < end_sample else b""
