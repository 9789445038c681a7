"""What only FFmpeg can read, frame by frame."""

from __future__ import annotations

import io

import numpy as np
import pytest

from ovos_voice_agent.audio import ffmpeg
from ovos_voice_agent.audio.kinds import FileKind, kind_of
from ovos_voice_agent.errors import ClientError
from tests.audio import media


@pytest.mark.parametrize(
    ("codec", "peak"), [("pcm_u8", 0.34), ("pcm_s16le", 0.334), ("pcm_s32le", 0.334), ("pcm_f32le", 0.334)]
)
def test_every_form_of_samples_has_one_scale(codec: str, peak: float) -> None:
    data = media.by_ffmpeg(media.tone(0.2), 24_000, "wav", codec)
    samples = np.concatenate([piece for _, piece in ffmpeg.pieces(io.BytesIO(data), FileKind("WAV", ffmpeg="wav"))])
    assert np.max(np.abs(samples)) == pytest.approx(1 / 3, abs=peak - 1 / 3 + 0.005)
    assert samples.dtype == np.float32


def test_the_kind_that_is_told_counts() -> None:
    """A playlist that is said to be a WAV is not followed."""
    playlist = io.BytesIO(b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n")
    with pytest.raises(ClientError, match="damaged"):
        list(ffmpeg.pieces(playlist, FileKind("WAV", ffmpeg="wav")))


def test_pictures_without_sound_are_told() -> None:
    data = media.video_only()
    kind = kind_of(data[:512])
    assert kind is not None
    with pytest.raises(ClientError, match="no audio track"):
        list(ffmpeg.pieces(io.BytesIO(data), kind))


def test_the_library_is_there() -> None:
    assert ffmpeg.av_module("x", "file").__name__ == "av"
