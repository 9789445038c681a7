"""Files of any container and codec that people upload -> mono samples, piece by piece.

Rules:

- What a file is, is decided by its content (`kinds.py`).
- At most `PIECE_S` of sound is held decoded; there are no temporary files.
- libsndfile reads what it can (WAV, MP3, Ogg, FLAC, AIFF, …); FFmpeg, through the optional PyAV, reads the rest.
- All of this takes time: call it on a thread.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from ovos_voice_agent.audio.kinds import HEAD_BYTES, FileKind, kind_of, what_else
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.errors import ClientError

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

PIECE_S = 2.0
RATE_GRAIN_HZ = 25
"""Odd rates are taken for the nearest multiple of 25 Hz: every usual rate is one, and the resampler's tables stay
small. At 8 kHz that is wrong by 0.15 % at most, a fortieth of a semitone."""
LOWEST_HZ, HIGHEST_HZ = 4_000, 192_000
MOST_CHANNELS = 32
READABLE = "flac, mp3, mp4, mpeg, mpga, m4a, ogg, oga, wav, and webm"


def read_audio(file: io.BytesIO, rate_hz: int) -> Iterator[FloatSamples]:
    """The sound of a file: mono pieces at `rate_hz`, at most a few seconds each; the length is exact to the sample.

    Nothing is opened before the first piece is asked for. Raises ClientError, `param` "file", for what is no audio, is
    damaged, or needs a library that is not installed: at the first piece, or where the damage is.
    """
    head = file.getbuffer()[:HEAD_BYTES].tobytes()
    if not head:
        raise unreadable("The file is empty.")
    kind = kind_of(head)
    if kind is None:
        raise _no_audio(head)
    resampler: Resampler | None = None
    for own_hz, samples in _pieces(file, kind):
        if resampler is None:
            resampler = Resampler(_usual(own_hz), rate_hz)
        yield resampler.push(samples)
    if resampler is None:
        raise unreadable(f"The {kind.name} file holds no sound that can be decoded.")
    yield resampler.flush()


def unreadable(message: str) -> ClientError:
    """The error for a file that cannot be used."""
    return ClientError(message, code="invalid_value", param="file")


def _no_audio(head: bytes) -> ClientError:
    known = what_else(head)
    said = f"The file is {known}, not audio." if known else "The file is not audio that can be decoded."
    return unreadable(f"{said} Supported formats are: {READABLE}.")


def _usual(own_hz: int) -> int:
    if not LOWEST_HZ <= own_hz <= HIGHEST_HZ:
        raise unreadable(f"The file has a sample rate of {own_hz} Hz; {LOWEST_HZ} to {HIGHEST_HZ} Hz can be used.")
    return RATE_GRAIN_HZ * round(own_hz / RATE_GRAIN_HZ)


def _pieces(file: io.BytesIO, kind: FileKind) -> Iterator[tuple[int, FloatSamples]]:
    """Rate and mono samples, from whichever library can read it."""
    if kind.sndfile:
        sound = _Sound(file, kind)
        if sound.opened or not kind.ffmpeg:
            yield from sound.pieces()
            return
        file.seek(0)
    from ovos_voice_agent.audio import ffmpeg

    yield from ffmpeg.pieces(file, kind)


class _OneWay(soundfile.SoundFile):  # type: ignore[misc]  # no types
    """Read from start to end: the binding would seek after each piece, and files of unknown length fail at that."""

    def seekable(self) -> bool:
        return False


class _Sound:
    """A file at libsndfile."""

    def __init__(self, file: io.BytesIO, kind: FileKind) -> None:
        self._kind = kind
        self._file: _OneWay | None = None
        with contextlib.suppress(soundfile.LibsndfileError):  # WAV and Ogg may hold what only FFmpeg knows
            self._file = _OneWay(file)

    @property
    def opened(self) -> bool:
        return self._file is not None

    def pieces(self) -> Iterator[tuple[int, FloatSamples]]:
        if self._file is None:
            raise unreadable(f"The file begins like {self._kind.name}, but it is damaged or incomplete.")
        if self._file.channels > MOST_CHANNELS:
            raise unreadable(f"The file has {self._file.channels} channels; at most {MOST_CHANNELS} can be used.")
        with self._file as sound:
            frames = max(1, int(PIECE_S * sound.samplerate))
            while len(samples := self._read(sound, frames)):
                yield sound.samplerate, samples

    def _read(self, sound: _OneWay, frames: int) -> FloatSamples:
        try:
            read = sound.read(frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            raise unreadable(f"The {self._kind.name} file is damaged: it could not be decoded to its end.") from None
        mono: FloatSamples = read.mean(axis=1, dtype=np.float32)
        return np.nan_to_num(mono, posinf=1.0, neginf=-1.0)
