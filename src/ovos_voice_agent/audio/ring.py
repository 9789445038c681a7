"""The latest audio of a session by absolute position, as int16.

Rules: positions count every sample ever appended; memory never passes `limit_samples`; the oldest goes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovos_voice_agent.audio import pcm

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples, Int16Samples

_SAMPLE_BYTES = 2


class AudioRing:
    """Mono audio from `start_sample` to `end_sample`. Appending and forgetting cost what they move, whatever is kept.

    A bytearray gives away its front without copying, so it is the ring.
    """

    def __init__(self, limit_samples: int, *, start_sample: int = 0) -> None:
        if limit_samples < 1:
            raise ValueError(f"limit_samples must be at least 1, not {limit_samples}")
        self.limit_samples = limit_samples
        self._start_sample = start_sample
        self._pcm = bytearray()

    @property
    def start_sample(self) -> int:
        """The oldest sample kept."""
        return self._start_sample

    @property
    def end_sample(self) -> int:
        """One past the newest sample."""
        return self._start_sample + len(self._pcm) // _SAMPLE_BYTES

    def append_float(self, samples: FloatSamples) -> None:
        """More audio in -1..1; beyond the limit the oldest is forgotten."""
        self.append_bytes(pcm.bytes_of_float(samples))

    def append_int16(self, samples: Int16Samples) -> None:
        """More audio; beyond the limit the oldest is forgotten."""
        self.append_bytes(pcm.bytes_of_int16(samples))

    def append_silence(self, count: int) -> None:
        """So many samples of digital silence."""
        self.append_bytes(bytes(count * _SAMPLE_BYTES))

    def append_bytes(self, data: bytes) -> None:
        """More audio, little endian, whole samples. Raises ValueError for half a sample, and keeps nothing of it."""
        if len(data) % _SAMPLE_BYTES:
            raise ValueError("half a sample at the end")
        self._pcm += data
        self.forget(self.end_sample - self.limit_samples)

    def skip(self, count: int) -> None:
        """Go on after so many samples that are not kept, and neither is what came before them."""
        self._start_sample = self.end_sample + count
        self._pcm.clear()

    def slice(self, start_sample: int, end_sample: int) -> bytes:
        """Little-endian int16 from `start_sample` up to `end_sample`, as far as it is kept.

        What is forgotten or not yet here is left out: compare with the properties where that matters.
        """
        first = max(start_sample, self._start_sample) - self._start_sample
        last = max(first, min(end_sample, self.end_sample) - self._start_sample)
        return bytes(memoryview(self._pcm)[first * _SAMPLE_BYTES : last * _SAMPLE_BYTES])

    def forget(self, before_sample: int) -> None:
        """Drop all samples before a position; one that lies beyond the end drops everything there is."""
        count = min(before_sample, self.end_sample) - self._start_sample
        if count > 0:
            del self._pcm[: count * _SAMPLE_BYTES]
            self._start_sample += count
