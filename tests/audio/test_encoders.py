"""Every format is made while it is spoken, and a decoder that is not ours hears the right sound of the right length."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import pytest

from ovos_voice_agent.audio.encoders import MEDIA_TYPES, FileFormat, new_encoder, warm_up
from tests.audio import media

STEP_MS = 20
FORMATS: dict[FileFormat, str] = {"mp3": "mp3", "opus": "ogg", "aac": "aac", "flac": "flac", "wav": "wav"}
RATES = [8_000, 16_000, 24_000, 48_000]


def encoded(format: FileFormat, rate_hz: int, seconds: float = 1.5) -> list[bytes]:
    """What came with each 20 ms, and at the end."""
    encoder = new_encoder(format, rate_hz)
    samples = media.tone(seconds, rate_hz)
    step = rate_hz * STEP_MS // 1000
    return [*(encoder.push(samples[at : at + step]) for at in range(0, len(samples), step)), encoder.finish()]


def decoded(data: bytes, container: str) -> tuple[Any, int]:
    with av.open(io.BytesIO(data), format=container) as file:
        stream = file.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=stream.rate)
        frames = [piece.to_ndarray()[0] for frame in file.decode(stream) for piece in resampler.resample(frame)]
        return np.concatenate(frames), stream.rate


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("format", FORMATS)
def test_the_sound_is_right(format: FileFormat, rate_hz: int) -> None:
    samples, own_hz = decoded(b"".join(encoded(format, rate_hz)), FORMATS[format])
    assert own_hz == (48_000 if format == "opus" else rate_hz)
    padding_s = {"mp3": 3 * 1152 / rate_hz, "aac": 3 * 1024 / rate_hz}.get(format, 0.01)
    assert media.SECONDS - 0.01 <= len(samples) / own_hz <= media.SECONDS + padding_s
    assert media.pitch_hz(samples, own_hz) == pytest.approx(media.TONE_HZ, abs=2)


@pytest.mark.parametrize(("format", "limit_ms"), [("mp3", 40), ("opus", 80), ("aac", 140), ("flac", 180), ("wav", 20)])
def test_sound_comes_out_while_it_is_spoken(format: FileFormat, limit_ms: int) -> None:
    """What an encoder holds back is bounded: no pause between its pieces is longer than the limit."""
    pieces = encoded(format, 24_000)
    given_ms = [(place + 1) * STEP_MS for place, piece in enumerate(pieces[:-1]) if piece]
    assert given_ms[0] <= limit_ms
    assert max(np.diff(given_ms)) <= limit_ms


def test_pcm_is_samples_alone() -> None:
    samples = media.tone()
    encoder = new_encoder("pcm", 24_000)
    data = encoder.push(samples) + encoder.finish()
    assert np.allclose(np.frombuffer(data, "<i2") / 32768, samples, atol=1 / 32768)


def test_a_streamed_wav_does_not_know_its_length() -> None:
    first = new_encoder("wav", 24_000).push(media.tone())
    assert first[:4] == b"RIFF"
    assert first[4:8] == first[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("format", MEDIA_TYPES)
def test_too_loud_is_clipped(format: FileFormat) -> None:
    encoder = new_encoder(format, 24_000)
    loud = np.full(24_000, 3.0, np.float32)
    data = encoder.push(loud) + encoder.finish()
    if format == "flac":
        assert np.allclose(decoded(data, "flac")[0], 1.0, atol=1e-3)
    assert data


@pytest.mark.parametrize("format", MEDIA_TYPES)
def test_nothing_said_ends_without_a_fault(format: FileFormat) -> None:
    encoder = new_encoder(format, 24_000)
    data = encoder.finish()
    assert bool(data) is (format in ("opus", "wav"))


def test_all_can_be_loaded_beforehand() -> None:
    warm_up()
