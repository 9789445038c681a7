"""Samples -> files of the formats that speech is asked for in, while it is still being spoken.

Rules:

- What was given out is never changed: no encoder goes back to its header, whose lengths are unknown or left out.
- An encoder holds back no more than its format must: less than 0.2 s of sound at 24 kHz, one frame of some 100 to
  4,096 samples.
- Encoding takes time where `costly`: call `push` and `finish` on a thread then. An encoder serves one file.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
import soundfile

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.ffmpeg import av_module
from ovos_voice_agent.audio.format import PCM_RATE_HZ
from ovos_voice_agent.audio.wav import wav_header
from ovos_voice_agent.errors import ClientError

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

FileFormat: TypeAlias = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

MEDIA_TYPES: Mapping[str, str] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Of each format; Opus is in Ogg."""

MP3_LEVEL = 0.5
"""80 kbit/s at 24 kHz, constant, so that players know the length of what has no header."""
OGG_PAGE_MS = 20.0
"""libsndfile holds a whole second back unless told otherwise; it makes pages of 60 ms then."""
AAC_BITS_PER_S = 64_000
AAC_FRAME_SAMPLES = 1024
_SET_OGG_PAGE_LATENCY_MS = 0x1302


class Encoder(Protocol):
    """One file. Samples are mono, at the rate it was made for."""

    @property
    def costly(self) -> bool:
        """Whether encoding takes so long that it belongs on a thread."""
        ...

    def push(self, samples: FloatSamples) -> bytes:
        """The bytes that these samples make ready; may be empty."""
        ...

    def finish(self) -> bytes:
        """The last bytes."""
        ...


def new_encoder(format: FileFormat, rate_hz: int) -> Encoder:
    """An encoder of one file. Raises ClientError, `param` "response_format", when its library is not installed."""
    return _ENCODERS[format](rate_hz)


def warm_up() -> None:
    """Load what the encoders need, so that the first listener need not wait for it. Some 0.3 s, on a thread."""
    silence = np.zeros(PCM_RATE_HZ // 10, np.float32)
    for make in _ENCODERS.values():
        with contextlib.suppress(ClientError):
            encoder = make(PCM_RATE_HZ)
            encoder.push(silence)
            encoder.finish()


class _Plain:
    """PCM, with or without the header of a WAV file of unknown length."""

    costly = False

    def __init__(self, header: bytes) -> None:
        self._header = header

    def push(self, samples: FloatSamples) -> bytes:
        header, self._header = self._header, b""
        return header + pcm.bytes_of_float(samples)

    def finish(self) -> bytes:
        header, self._header = self._header, b""
        return header


class _Forward(io.RawIOBase):
    """A file for libraries to write: what is appended is handed on, what would change a place behind is dropped."""

    def __init__(self) -> None:
        self._ready = bytearray()
        self._at = 0
        self._end = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = len(data)
        if self._at == self._end:
            self._ready += data
            self._end += size
        self._at += size
        return size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        """What was appended since the last time."""
        ready, self._ready = bytes(self._ready), bytearray()
        return ready


class _Sndfile:
    """MP3, Opus and FLAC by libsndfile."""

    costly = True

    def __init__(self, rate_hz: int, format: str, subtype: str, **settings: Any) -> None:
        self._out = _Forward()
        self._file = soundfile.SoundFile(
            self._out, "w", samplerate=rate_hz, channels=1, format=format, subtype=subtype, **settings
        )
        if format == "OGG":
            self._small_pages()

    def _small_pages(self) -> None:
        """Python's binding has no word for this setting of the library."""
        latency_ms = soundfile._ffi.new("double *", OGG_PAGE_MS)
        soundfile._snd.sf_command(self._file._file, _SET_OGG_PAGE_LATENCY_MS, latency_ms, 8)

    def push(self, samples: FloatSamples) -> bytes:
        self._file.write(np.clip(samples, -1.0, 1.0))
        return self._out.take()

    def finish(self) -> bytes:
        self._file.close()
        return self._out.take()


class _Aac:
    """AAC in ADTS by FFmpeg."""

    costly = True

    def __init__(self, rate_hz: int) -> None:
        self._av = av_module("the format 'aac'", "response_format")
        self._rate_hz = rate_hz
        self._out = _Forward()
        self._file = self._av.open(self._out, "w", format="adts", options={"flush_packets": "1"})
        self._stream = self._file.add_stream("aac", rate=rate_hz, layout="mono")
        self._stream.bit_rate = AAC_BITS_PER_S
        self._waiting = self._av.AudioFifo()
        self._pushed_samples = 0

    def push(self, samples: FloatSamples) -> bytes:
        if len(samples):
            self._waiting.write(self._frame(samples))
        while (frame := self._waiting.read(AAC_FRAME_SAMPLES)) is not None:
            self._file.mux(self._stream.encode(frame))
        return self._out.take()

    def finish(self) -> bytes:
        rest = self._waiting.read(0, partial=True)
        if rest is not None:
            self._file.mux(self._stream.encode(rest))
        self._file.mux(self._stream.encode(None))
        self._file.close()
        return self._out.take()

    def _frame(self, samples: FloatSamples) -> Any:
        clipped = np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)
        frame = self._av.AudioFrame.from_ndarray(clipped[None, :], format="fltp", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.pts = self._pushed_samples
        self._pushed_samples += len(samples)
        return frame


_ENCODERS: Mapping[str, Callable[[int], Encoder]] = {
    "pcm": lambda _: _Plain(b""),
    "wav": lambda rate_hz: _Plain(wav_header(rate_hz)),
    "mp3": lambda rate_hz: _Sndfile(
        rate_hz, "MP3", "MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=MP3_LEVEL
    ),
    "opus": lambda rate_hz: _Sndfile(rate_hz, "OGG", "OPUS"),
    "flac": lambda rate_hz: _Sndfile(rate_hz, "FLAC", "PCM_16"),
    "aac": _Aac,
}
