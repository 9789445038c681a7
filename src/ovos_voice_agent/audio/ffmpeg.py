"""What only FFmpeg can read: MP4, WebM, AAC and their like. Needs the optional PyAV (`[media]`).

Rules: the container is always told, never guessed, and FFmpeg gets bytes alone: it can open no other file and no
address.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ovos_voice_agent.errors import ClientError

if TYPE_CHECKING:
    from ovos_voice_agent.audio.kinds import FileKind
    from ovos_voice_agent.audio.pcm import FloatSamples

_ALONE = {"protocol_whitelist": "pipe", "max_probe_packets": "500"}


def av_module(wanted: str, param: str) -> Any:
    """PyAV. `wanted` names in an error what it was needed for. Raises ClientError when it is not installed."""
    try:
        import av
    except ImportError:
        message = f"This server cannot handle {wanted}: it needs PyAV (pip install 'ovos-voice-agent[media]')."
        raise ClientError(message, code="invalid_value", param=param) from None
    return av


def pieces(file: io.BytesIO, kind: FileKind) -> Iterator[tuple[int, FloatSamples]]:
    """Rate in Hz and mono samples of the first audio track, frame by frame. Raises ClientError, `param` "file"."""
    av = av_module(f"{kind.name} files", "file")
    decoded = False
    try:
        with av.open(file, format=kind.ffmpeg, options=_ALONE, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise _unusable(f"The {kind.name} file has no audio track.")
            for frame in _frames(av, container):
                decoded = True
                yield frame.sample_rate, _mono(frame)
    except (av.FFmpegError, ValueError) as error:
        raise _damaged(kind, decoded=decoded) from error


def _frames(av: Any, container: Any) -> Iterator[Any]:
    """All frames. The last packet may be broken: it is what a file cut short ends with."""
    broken = None
    for packet in container.demux(container.streams.audio[0]):
        if broken is not None and packet.size:
            raise broken
        try:
            yield from packet.decode()
        except av.InvalidDataError as error:
            broken = error


def _mono(frame: Any) -> FloatSamples:
    """A frame of whatever sample format, its channels averaged."""
    samples = frame.to_ndarray()
    channels = len(frame.layout.channels)
    if not frame.format.is_planar:
        samples = samples.reshape(-1, channels).T
    mono: FloatSamples = _scaled(samples).mean(axis=0, dtype=np.float32)
    return np.nan_to_num(mono, posinf=1.0, neginf=-1.0)


def _scaled(samples: Any) -> Any:
    """In -1..1."""
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if np.issubdtype(samples.dtype, np.integer):
        return samples.astype(np.float32) / (np.iinfo(samples.dtype).max + 1.0)
    return samples


def _damaged(kind: FileKind, *, decoded: bool) -> ClientError:
    if decoded:
        return _unusable(f"The {kind.name} file is damaged: it could not be decoded to its end.")
    return _unusable(f"The file begins like {kind.name}, but it is damaged or incomplete.")


def _unusable(message: str) -> ClientError:
    return ClientError(message, code="invalid_value", param="file")
