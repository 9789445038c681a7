"""WAV files of 16-bit samples: header out, file in.

Rules: reading takes what real files and pipes hold: odd chunks before the data, lengths that a stream could not know.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.audio import pcm

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

UNKNOWN_LENGTH = 0xFFFFFFFF
_PCM, _EXTENSIBLE = 1, 0xFFFE
_HEADER_AFTER_RIFF_BYTES = 36


@dataclass(frozen=True, slots=True)
class _Layout:
    format_code: int
    channels: int
    rate_hz: int
    sample_bits: int


def wav_header(rate_hz: int, *, channels: int = 1, data_bytes: int | None = None) -> bytes:
    """The 44 bytes before the samples. `data_bytes` None is for a stream: both lengths are 0xFFFFFFFF."""
    riff_bytes = UNKNOWN_LENGTH if data_bytes is None else data_bytes + _HEADER_AFTER_RIFF_BYTES
    frame_bytes = 2 * channels
    layout = struct.pack("<HHIIHH", _PCM, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, 16)
    length = UNKNOWN_LENGTH if data_bytes is None else data_bytes
    head = struct.pack("<4sI4s4sI", b"RIFF", riff_bytes, b"WAVE", b"fmt ", len(layout))
    return head + layout + struct.pack("<4sI", b"data", length)


def wav_bytes(data: bytes, rate_hz: int, *, channels: int = 1) -> bytes:
    """A whole file. `data` is int16, little endian, channels interleaved."""
    return wav_header(rate_hz, channels=channels, data_bytes=len(data)) + data


def read_wav(source: str | Path | bytes) -> tuple[FloatSamples, int]:
    """Mono samples in -1..1 and their rate in Hz, from a file or from its bytes; several channels are averaged.

    A file cut short gives the whole frames that are there. Raises OSError when it cannot be opened and ValueError, in
    words fit for a user, when it is not 16-bit WAV.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    layout, body = _chunks(data)
    frame_bytes = 2 * layout.channels
    frames = pcm.float_of_bytes(body[: len(body) // frame_bytes * frame_bytes]).reshape(-1, layout.channels)
    return frames.mean(axis=1, dtype=np.float32), layout.rate_hz


def _chunks(data: bytes) -> tuple[_Layout, memoryview]:
    """The layout, and the bytes of the first data chunk."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    layout, at = None, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = memoryview(data)[at + 8 : at + 8 + size]  # a stream's length lies beyond the end: all there is
        if name == b"fmt ":
            layout = _layout(body)
        elif name == b"data" and layout is not None:
            return layout, body
        at += 8 + size + size % 2  # chunks begin at even positions
    raise ValueError("a WAV file without audio data")


def _layout(body: memoryview) -> _Layout:
    if len(body) < 16:
        raise ValueError("a WAV file with a broken header")
    code, channels, rate_hz, _, _, sample_bits = struct.unpack("<HHIIHH", body[:16])
    if code == _EXTENSIBLE and len(body) >= 26:
        code = int.from_bytes(body[24:26], "little")  # the real code is the head of the sub-format's GUID
    if code != _PCM or sample_bits != 16:
        raise ValueError(f"a WAV file with {sample_bits} bits in format {code}; only 16-bit PCM can be read")
    if channels == 0 or rate_hz == 0:
        raise ValueError("a WAV file with a broken header")
    return _Layout(code, channels, rate_hz, sample_bits)
