"""WAV files of this package and of others."""

from __future__ import annotations

import io
import struct
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import read_wav, wav_bytes, wav_header

if TYPE_CHECKING:
    from pathlib import Path

PCM = np.array([0, 16384, -32768, 1], "<i2").tobytes()


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (16_000, 1), (24_000, 2), (44_100, 2)])
def test_the_standard_library_reads_what_we_write(rate_hz: int, channels: int) -> None:
    with wave.open(io.BytesIO(wav_bytes(PCM, rate_hz, channels=channels))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate_hz, channels, 2)
        assert file.readframes(100) == PCM


def test_we_read_what_the_standard_library_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(PCM)
    for source in (path, str(path), path.read_bytes()):
        samples, rate_hz = read_wav(source)
        assert (samples.dtype, rate_hz) == (np.float32, 22_050)
        assert samples.tolist() == [0.0, 0.5, -1.0, 1 / 32768]


def test_stereo_is_averaged() -> None:
    samples, _ = read_wav(wav_bytes(PCM, 8_000, channels=2))
    assert samples.tolist() == [0.25, (-32768 + 1) / 2 / 32768]


def test_a_stream_says_that_it_knows_no_length() -> None:
    header = wav_header(24_000)
    assert len(header) == 44
    assert header[4:8] == header[40:44] == b"\xff\xff\xff\xff"
    assert len(read_wav(header + PCM)[0]) == 4


def test_other_chunks_are_passed_over_and_odd_ones_padded() -> None:
    whole = wav_bytes(PCM, 16_000)
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert len(read_wav(whole[:36] + odd + whole[36:])[0]) == 4


def test_a_file_cut_short_gives_what_is_there() -> None:
    assert len(read_wav(wav_bytes(PCM, 16_000)[:-3])[0]) == 2


def test_extensible_headers() -> None:
    layout = struct.pack("<HHIIHHHHIH14x", 0xFFFE, 1, 16_000, 32_000, 2, 16, 22, 16, 4, 1)
    body = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", len(PCM)) + PCM
    assert len(read_wav(b"RIFF" + struct.pack("<I", len(body)) + body)[0]) == 4


def _with_layout(*layout: int) -> bytes:
    return wav_bytes(PCM, 16_000)[:20] + struct.pack("<HHIIHH", *layout) + wav_bytes(PCM, 16_000)[36:]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a WAV file"),
        (b"OggS" + bytes(60), "not a WAV file"),
        (wav_header(16_000)[:36], "without audio data"),
        (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd", "without audio data"),
        (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0abcd", "broken header"),
        (_with_layout(1, 0, 16_000, 0, 0, 16), "broken header"),
        (_with_layout(3, 1, 16_000, 64_000, 4, 32), "32 bits in format 3; only 16-bit PCM"),
    ],
)
def test_what_is_no_wav_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_wav(data)
