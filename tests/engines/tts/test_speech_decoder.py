"""Answers of voices, cut anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.engines.tts.speech_decoder import SpeechDecoder
from ovos_voice_agent.errors import EngineError

SOUND = np.arange(-2400, 2400, dtype="<i2").tobytes()


def decode(data: bytes, size: int) -> bytes:
    decoder = SpeechDecoder(24_000)
    pieces = [piece for at in range(0, len(data), size) for piece in decoder.push(data[at : at + size])]
    return b"".join(pieces + decoder.finish())


@pytest.mark.parametrize("size", [1, 7, 44, 45, 9_999])
def test_raw_and_wav(size: int) -> None:
    assert decode(SOUND, size) == SOUND
    assert decode(SOUND + b"\x01", size) == SOUND
    assert decode(wav_bytes(SOUND, 24_000) + b"LIST\x04\x00\x00\x00abcd", size) == SOUND


def test_two_channels_become_one() -> None:
    stereo = np.repeat(np.frombuffer(SOUND, "<i2"), 2).tobytes()
    assert decode(wav_bytes(stereo, 24_000, channels=2), 1_001) == SOUND


def test_a_very_short_answer() -> None:
    assert decode(b"\x01\x02", 1) == b"\x01\x02"


@pytest.mark.parametrize("data", [b"ID3" + bytes(20), b'{"error": "no voice"}', b"OggS" + bytes(20)])
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(EngineError):
        decode(data, 5)
