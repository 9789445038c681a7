"""Every container and codec that people upload is heard; what is no sound, or damaged, is told from it."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from ovos_voice_agent.audio.files import read_audio
from ovos_voice_agent.errors import ClientError
from tests.audio import media

FILES = {
    "wav": lambda: media.by_sndfile(media.tone(), 24_000, "WAV"),
    "wav of floats": lambda: media.by_sndfile(media.tone(), 24_000, "WAV", "FLOAT"),
    "wav of mu-law": lambda: media.by_sndfile(media.tone(), 24_000, "WAV", "ULAW"),
    "wav of 24 bits": lambda: media.by_sndfile(media.tone(), 24_000, "WAV", "PCM_24"),
    "wav holding mp3": lambda: media.by_ffmpeg(media.tone(), 24_000, "wav", "libmp3lame"),
    "flac": lambda: media.by_sndfile(media.tone(), 24_000, "FLAC"),
    "mp3": lambda: media.by_sndfile(media.tone(), 24_000, "MP3"),
    "mp3 with tags": lambda: media.by_ffmpeg(media.tone(), 24_000, "mp3", "libmp3lame"),
    "vorbis": lambda: media.by_sndfile(media.tone(), 24_000, "OGG", "VORBIS"),
    "opus": lambda: media.by_sndfile(media.tone(), 24_000, "OGG", "OPUS"),
    "aiff": lambda: media.by_sndfile(media.tone(), 24_000, "AIFF"),
    "au": lambda: media.by_sndfile(media.tone(), 24_000, "AU"),
    "caf": lambda: media.by_sndfile(media.tone(), 24_000, "CAF"),
    "m4a": lambda: media.by_ffmpeg(media.tone(), 24_000, "ipod", "aac"),
    "mp4": lambda: media.by_ffmpeg(media.tone(), 24_000, "mp4", "aac"),
    "mp4 in fragments": lambda: media.by_ffmpeg(
        media.tone(), 24_000, "mp4", "aac", movflags="frag_keyframe+empty_moov+default_base_moof"
    ),
    "webm": lambda: media.by_ffmpeg(media.tone(rate_hz=48_000), 48_000, "webm", "libopus"),
    "webm of a live recorder": lambda: media.by_ffmpeg(media.tone(rate_hz=48_000), 48_000, "webm", "libopus", live="1"),
    "aac": lambda: media.by_ffmpeg(media.tone(), 24_000, "adts", "aac"),
    "mpeg-ts": lambda: media.by_ffmpeg(media.tone(), 24_000, "mpegts", "aac"),
}


def heard(data: bytes, rate_hz: int = 16_000) -> npt.NDArray[np.float32]:
    return np.concatenate(list(read_audio(io.BytesIO(data), rate_hz)))


def refusal(data: bytes) -> ClientError:
    with pytest.raises(ClientError) as raised:
        heard(data)
    assert raised.value.param == "file"
    assert raised.value.code == "invalid_value"
    assert raised.value.status == 400
    return raised.value


@pytest.mark.parametrize("name", FILES)
def test_every_container_and_codec_is_heard(name: str) -> None:
    samples = heard(FILES[name]())
    assert len(samples) / 16_000 == pytest.approx(media.SECONDS, abs=0.15)  # codecs pad to whole frames
    assert media.pitch_hz(samples, 16_000) == pytest.approx(media.TONE_HZ, abs=2)
    assert samples.dtype == np.float32


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 22_255, 44_100, 48_000, 96_000])
def test_every_rate_gives_the_same_sound(rate_hz: int) -> None:
    samples = heard(media.by_sndfile(media.tone(rate_hz=rate_hz), rate_hz, "WAV"))
    assert len(samples) == pytest.approx(16_000 * media.SECONDS, abs=8)
    assert media.pitch_hz(samples, 16_000) == pytest.approx(media.TONE_HZ, abs=1)


def test_channels_are_averaged() -> None:
    left, right = media.tone(), np.zeros_like(media.tone())
    both = heard(media.by_sndfile(np.stack([left, right], axis=1), 24_000, "WAV", "FLOAT"), 24_000)
    assert np.allclose(both, left / 2, atol=1e-6)


def test_wav_is_exact() -> None:
    samples = media.tone()
    assert np.array_equal(heard(media.by_sndfile(samples, 24_000, "WAV", "FLOAT"), 24_000), samples)


def test_a_name_that_lies_changes_nothing() -> None:
    """There is no name here at all: only the content counts."""
    mp3 = FILES["mp3"]()
    assert len(heard(mp3)) > 16_000


def test_a_wav_of_unknown_length_is_heard_to_its_end() -> None:
    data = bytearray(FILES["wav"]())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    assert len(heard(bytes(data))) == 16_000 * media.SECONDS


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG image"),
        (b"%PDF-1.7 " + bytes(100), "PDF document"),
        (b"#EXTM3U\nhttp://127.0.0.1/secret.ts\n", "plain text"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "plain text"),
        (b'{"text": "hello"}', "JSON"),
        (bytes(2000), "not audio"),
        (np.random.default_rng(2).bytes(4000), "not audio"),
        (media.video_only(), "no audio track"),
    ],
)
def test_what_is_no_audio_is_told(data: bytes, said: str) -> None:
    assert said in refusal(data).message


@pytest.mark.parametrize("name", ["wav", "flac", "opus", "m4a", "webm"])
def test_a_head_alone_is_told_to_be_damaged(name: str) -> None:
    assert "damaged" in refusal(FILES[name]()[:30]).message


def test_m4a_without_its_table_is_damaged() -> None:
    """As phones leave it when the battery ends."""
    whole = FILES["m4a"]()
    assert "damaged" in refusal(whole[: len(whole) * 2 // 3]).message


@pytest.mark.parametrize("name", ["wav", "mp3", "opus", "webm", "aac"])
def test_a_file_cut_short_gives_what_is_there(name: str) -> None:
    whole = FILES[name]()
    samples = heard(whole[: len(whole) * 3 // 4])
    assert 0.3 < len(samples) / 16_000 < media.SECONDS


@pytest.mark.parametrize("name", FILES)
def test_no_damage_raises_anything_but_a_refusal(name: str) -> None:
    whole = FILES[name]()
    noise = np.random.default_rng(3)
    for _ in range(4):
        broken = bytearray(whole)
        for at in noise.integers(0, len(whole), 25):
            broken[at] = noise.integers(0, 256)
        try:
            heard(bytes(broken))
        except ClientError as error:
            assert error.message  # noqa: PT017 - either outcome is right


def test_a_file_without_sound_is_told() -> None:
    assert "no sound" in refusal(media.by_sndfile(np.zeros(0, np.float32), 24_000, "WAV")).message


def test_a_rate_that_no_sound_has_is_refused() -> None:
    assert "1000 Hz" in refusal(media.by_sndfile(media.tone(rate_hz=1000), 1000, "WAV")).message


def test_long_files_are_never_held_decoded() -> None:
    """A minute of 96 kHz stereo would be 46 MB as floats."""
    data = media.by_sndfile(np.zeros((96_000 * 60, 2), np.float32), 96_000, "FLAC")
    tracemalloc.start()
    for piece in read_audio(io.BytesIO(data), 16_000):
        assert len(piece) <= 3 * 16_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.real
def test_without_pyav_the_answer_names_the_extra() -> None:
    program = """
    import io, sys
    sys.modules["av"] = None
    from ovos_voice_agent.audio.encoders import new_encoder
    from ovos_voice_agent.audio.files import read_audio
    from ovos_voice_agent.errors import ClientError
    for attempt in (lambda: list(read_audio(io.BytesIO(b"\\x1aE\\xdf\\xa3" + bytes(600)), 16000)),
                    lambda: new_encoder("aac", 24000)):
        try:
            attempt()
        except ClientError as error:
            print(error.param, error.message)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in said] == ["file", "response_format"]
    assert all("ovos-voice-agent[media]" in line for line in said)
