"""Bytes of an HTTP answer, raw samples or WAV, cut anywhere -> pieces of whole samples at one rate."""

from __future__ import annotations

import numpy as np

from ovos_voice_agent.audio.pcm import bytes_of_float, float_of_bytes
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.errors import EngineError

_COMPRESSED = (b"ID3", b"OggS", b"fLaC", b"{")
_HEADER_LIMIT_BYTES = 65_536

PIECE_MS = 100
"""Longest piece: short enough that stopping between two pieces is not heard."""


def unreadable_error() -> EngineError:
    return EngineError("The speech synthesis server answered something other than pcm or wav.")


class SpeechDecoder:
    """Bytes of an answer, raw or WAV, cut anywhere -> pieces of whole samples at `rate_hz` (mono int16)."""

    def __init__(self, rate_hz: int) -> None:
        self._piece_bytes = 2 * rate_hz * PIECE_MS // 1000
        self._rate_hz = rate_hz
        self._held = b""
        self._known = False
        self._resampler: Resampler | None = None
        self._channels = 1
        self._left_bytes: int | None = None  # of a WAV file's samples, where it says how many there are

    def push(self, data: bytes) -> list[bytes]:
        """Pieces of at most 100 ms. Raises EngineError for another format."""
        self._held += data
        if not self._known and not self._read_header():
            return []
        frame = 2 * self._channels
        length = len(self._held) - len(self._held) % frame
        samples, self._held = self._held[:length], self._held[length:]
        return self._pieces(self._convert(self._limit(samples)))

    def _pieces(self, samples: bytes) -> list[bytes]:
        return [samples[at : at + self._piece_bytes] for at in range(0, len(samples), self._piece_bytes)]

    def finish(self) -> list[bytes]:
        """What was held back for a header or for the resampling filter; half a sample is dropped."""
        if not self._known and not self._held.startswith(b"RIFF"):
            self._known = True
            return self.push(b"")
        return self._pieces(bytes_of_float(self._resampler.flush())) if self._resampler else []

    def _limit(self, samples: bytes) -> bytes:
        """Without what stands behind the samples of a WAV file."""
        if self._left_bytes is None:
            return samples
        samples = samples[: self._left_bytes]
        self._left_bytes -= len(samples)
        return samples

    def _convert(self, samples: bytes) -> bytes:
        if self._channels == 1 and self._resampler is None:
            return samples
        mono = float_of_bytes(samples).reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        return bytes_of_float(self._resampler.push(mono) if self._resampler else mono)

    def _read_header(self) -> bool:
        """Whether it is known what the bytes are; a WAV header is then taken off."""
        if len(self._held) < 12:
            return False
        if self._held.startswith(_COMPRESSED):
            raise unreadable_error()
        if not self._held.startswith(b"RIFF"):
            self._known = True
            return True
        return self._read_chunks()

    def _read_chunks(self) -> bool:
        at = 12
        while len(self._held) >= at + 8:
            name, size = self._held[at : at + 4], int.from_bytes(self._held[at + 4 : at + 8], "little")
            if name == b"data":
                self._left_bytes = size if 0 < size < 0x7FFFFFFF else None
                self._held = self._held[at + 8 :]
                self._known = True
                return True
            if len(self._held) < at + 8 + size:
                break
            if name == b"fmt ":
                self._read_format(self._held[at + 8 : at + 8 + size])
            at += 8 + size + size % 2
        if len(self._held) > _HEADER_LIMIT_BYTES:
            raise unreadable_error()
        return False

    def _read_format(self, fmt: bytes) -> None:
        coding, channels = int.from_bytes(fmt[0:2], "little"), int.from_bytes(fmt[2:4], "little")
        rate_hz, bits = int.from_bytes(fmt[4:8], "little"), int.from_bytes(fmt[14:16], "little")
        if coding not in {1, 0xFFFE} or bits != 16 or not 1 <= channels <= 8 or not 4_000 <= rate_hz <= 192_000:
            raise unreadable_error()
        self._channels = channels
        if rate_hz != self._rate_hz:
            self._resampler = Resampler(rate_hz, self._rate_hz)
