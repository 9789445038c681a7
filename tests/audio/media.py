"""Makes files of every container and codec that people upload, out of one sound."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile

RATE_HZ = 24_000
TONE_HZ = 440
SECONDS = 1.5


def tone(seconds: float = SECONDS, rate_hz: int = RATE_HZ) -> npt.NDArray[np.float32]:
    """A sine, mono, at a third of full scale."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (np.sin(2 * np.pi * TONE_HZ * at) / 3).astype(np.float32)


def pitch_hz(samples: npt.NDArray[np.float32], rate_hz: int) -> float:
    """The loudest frequency."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate_hz / len(samples))


def by_sndfile(samples: npt.NDArray[np.float32], rate_hz: int, format: str, subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=format, subtype=subtype)
    return file.getvalue()


def by_ffmpeg(samples: npt.NDArray[np.float32], rate_hz: int, container: str, codec: str, **options: str) -> bytes:
    """A file with one audio track. `options` are the muxer's."""
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options) as file:
        _write_audio(file, file.add_stream(codec, rate=rate_hz, layout="mono"), samples, rate_hz)
    return out.getvalue()


def video_only() -> bytes:
    """An MP4 with pictures and no sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream: Any = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        file.mux(stream.encode(None))
    return out.getvalue()


def _write_audio(file: Any, stream: Any, samples: npt.NDArray[np.float32], rate_hz: int) -> None:
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = rate_hz, 0
    resampler = av.AudioResampler(
        format=stream.format, layout="mono", rate=rate_hz, frame_size=stream.codec_context.frame_size or 1024
    )
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        file.mux(stream.encode(piece))
    file.mux(stream.encode(None))
