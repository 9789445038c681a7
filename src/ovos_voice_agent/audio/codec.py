"""A session's bytes <-> float32 samples at the same rate, one stream each way.

Rules: bytes may be cut anywhere; half a pcm16 sample waits for its other half in the next chunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovos_voice_agent.audio import g711, pcm

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.audio.pcm import FloatSamples, Int16Samples


class StreamDecoder:
    """Bytes of one stream -> float32 samples in -1..1 at `format.rate_hz`."""

    def __init__(self, format: AudioFormat) -> None:
        self.format = format
        self._half = b""

    @property
    def held_bytes(self) -> int:
        """Bytes that wait for the rest of their sample: 0 or 1."""
        return len(self._half)

    def decode(self, data: bytes) -> FloatSamples:
        """All samples that are whole now, in a new array."""
        return pcm.float_of_int16(self.decode_int16(data))

    def decode_int16(self, data: bytes) -> Int16Samples:
        """The same as int16; may be a read-only view of `data`."""
        if self.format.encoding != "pcm16":
            return g711.decode(self.format.encoding, data)
        if not self._half and not len(data) & 1:
            return pcm.int16_of_bytes(data)
        data = self._half + data
        whole_bytes = len(data) & ~1
        self._half = data[whole_bytes:]
        return pcm.int16_of_bytes(memoryview(data)[:whole_bytes])

    def decode_silence(self, data: bytes) -> int:
        """How many samples `data` are if all of them are zero, and they are taken; 0, and nothing is done, if they are
        not. For what is cheap to tell: whole samples of pcm16."""
        if self._half or self.format.encoding != "pcm16" or len(data) & 1 or data != bytes(len(data)):
            return 0
        return len(data) // 2

    def reset(self) -> int:
        """Forget half a sample (the buffer was cleared or committed). Returns the bytes dropped: 0 or 1."""
        dropped_bytes, self._half = len(self._half), b""
        return dropped_bytes


class StreamEncoder:
    """Float32 samples at `format.rate_hz` -> bytes of one stream. Without state: samples become bytes at once."""

    def __init__(self, format: AudioFormat) -> None:
        self.format = format

    def encode(self, samples: FloatSamples) -> bytes:
        """Samples as bytes, rounded and clipped to -1..1."""
        ints = pcm.int16_of_float(samples)
        if self.format.encoding == "pcm16":
            return pcm.bytes_of_int16(ints)
        return g711.encode(self.format.encoding, ints)
