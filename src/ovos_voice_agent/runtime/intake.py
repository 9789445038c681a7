"""A session's input audio, in whatever format it comes -> one stream at 16 kHz with exact positions.

Rules:

- Sample k of the stream is the sound at k / 16000 s of the connection, whatever the formats and the cuts.
- Nothing is kept that the session has let go of (`forget`).
- What need not be heard is kept as it came (`push_later`), and resampled only when somebody asks for it after all: the
  stream is the same to the bit.
"""

from __future__ import annotations

import copy
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.codec import StreamDecoder
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.audio.ring import AudioRing
from ovos_voice_agent.core.clock import TICKS_PER_SECOND, Tick
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.audio.pcm import FloatSamples, Int16Samples

TICKS_PER_SAMPLE = TICKS_PER_SECOND // ENGINE_RATE_HZ

LIMIT_SAMPLES = 660 * ENGINE_RATE_HZ
"""A session holds at most ten minutes of audio that is not committed; beyond it the oldest goes."""

SAMPLE_BYTES = 2

_SILENCE: FloatSamples = np.zeros(ENGINE_RATE_HZ, np.float32)
"""Handed out in the place of digital silence, again and again; nobody may write to it."""
_SILENCE.flags.writeable = False


def sample_at(position: Tick) -> int:
    """The first sample at `position` or later."""
    return -(-position // TICKS_PER_SAMPLE)


def position_of(sample: int) -> Tick:
    return Tick(sample * TICKS_PER_SAMPLE)


class Intake:
    """The stream of one session."""

    def __init__(self, limit_samples: int = LIMIT_SAMPLES) -> None:
        self._ring = AudioRing(limit_samples)
        self._decoder: StreamDecoder | None = None
        self._resampler = Resampler(ENGINE_RATE_HZ, ENGINE_RATE_HZ)
        self._skip_samples = 0
        self._silent_from: int | None = None
        """Every sample from this one on is zero; None when the newest is not."""
        self._later: deque[bytes] = deque()
        """What follows the ring, as it came: whole samples of the format."""
        self._later_inputs = 0

    @property
    def end_sample(self) -> int:
        """One past the newest sample; the last one or two milliseconds wait in the resampler."""
        later = self._resampler.due(self._later_inputs) if self._later_inputs else 0
        return self._ring.end_sample + later

    @property
    def format(self) -> AudioFormat | None:
        """That of the newest audio, if it came in whole samples."""
        decoder = self._decoder
        return None if decoder is None or decoder.held_bytes else decoder.format

    def push(self, audio: bytes, format: AudioFormat, start: Tick) -> None:
        """More audio. `start` is the position of its first sample: where the audio before it ended."""
        if self._decoder is None or self._decoder.format != format:
            self._begin(format, start)
        assert self._decoder is not None
        if self._resampler.silent and not self._later and (count := self._decoder.decode_silence(audio)):
            self._append_silence(self._resampler.push_silence(count))  # a muted microphone costs next to nothing
            return
        self._resample()
        self._append(self._resampler.push_int16(self._decoder.decode_int16(audio)))

    def push_later(self, audio: bytes, format: AudioFormat, start: Tick) -> None:
        """The same, for audio that nobody is likely to listen to."""
        if self.format != format or self._skip_samples or len(audio) % format.bytes_per_sample:
            self.push(audio, format, start)
            return
        self._later.append(audio)
        self._later_inputs += len(audio) // format.bytes_per_sample

    def slice(self, start_sample: int, end_sample: int) -> bytes:
        """Mono int16 at 16 kHz, as far as it is kept. Where the newest samples are not decided yet, silence is taken to
        follow."""
        self._resample(end_sample)
        known = self._ring.slice(start_sample, end_sample)
        if end_sample <= self._ring.end_sample:
            return known
        tail = pcm.bytes_of_float(copy.copy(self._resampler).flush())  # a copy: the stream itself goes on
        first = max(0, start_sample - self._ring.end_sample)
        return known + tail[first * SAMPLE_BYTES : (end_sample - self._ring.end_sample) * SAMPLE_BYTES]

    def floats(self, start_sample: int, end_sample: int) -> FloatSamples:
        """The same as samples in -1..1, without what is not decided yet. They must not be written to."""
        self._resample(end_sample)
        count = end_sample - start_sample
        silent = self._silent_from is not None and self._silent_from <= start_sample
        if silent and end_sample <= self._ring.end_sample and count <= len(_SILENCE):
            return _SILENCE[:count]
        return pcm.float_of_bytes(self._ring.slice(start_sample, end_sample))

    def forget(self, before_sample: int) -> None:
        """Let go of what is old."""
        while self._later and self._decoder is not None:
            inputs = len(self._later[0]) // self._decoder.format.bytes_per_sample
            if self._ring.end_sample + self._resampler.due(inputs) > before_sample:
                break
            self._later_inputs -= inputs
            self._silent_from = None
            self._ring.skip(self._resampler.skip_int16(self._decoder.decode_int16(self._later.popleft())))
        self._ring.forget(before_sample)

    def _resample(self, until_sample: int | None = None) -> None:
        """Bring what waits into the ring, where it is wanted."""
        if not self._later or (until_sample is not None and until_sample <= self._ring.end_sample):
            return
        assert self._decoder is not None
        waiting, self._later_inputs = b"".join(self._later), 0
        self._later.clear()
        self._append(self._resampler.push_int16(self._decoder.decode_int16(waiting)))

    def _begin(self, format: AudioFormat, start: Tick) -> None:
        """Another format: the old stream is brought to its end, the new one begins exactly at `start`."""
        self._resample()
        self._append(pcm.int16_of_float(self._resampler.flush()))
        self._decoder = StreamDecoder(format)
        self._resampler = Resampler(format.rate_hz, ENGINE_RATE_HZ)
        missing = (start + 1) // TICKS_PER_SAMPLE - self._ring.end_sample  # one, where rounding differs
        self._ring.append_bytes(bytes(max(0, missing) * SAMPLE_BYTES))
        self._skip_samples = max(0, -missing)

    def _append(self, samples: Int16Samples) -> None:
        if self._skip_samples:
            skipped = min(self._skip_samples, len(samples))
            self._skip_samples -= skipped
            samples = samples[skipped:]
        self._silent_from = None
        self._ring.append_int16(samples)

    def _append_silence(self, count: int) -> None:
        skipped = min(self._skip_samples, count)
        self._skip_samples -= skipped
        if self._silent_from is None:
            self._silent_from = self._ring.end_sample
        self._ring.append_silence(count - skipped)
