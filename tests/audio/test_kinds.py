"""Files are known by their first bytes."""

from __future__ import annotations

import pytest

from ovos_voice_agent.audio.kinds import kind_of, what_else


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", "WAV"),
        (b"RF64\0\0\0\0WAVE", "RF64"),
        (b"FORM\0\0\0\0AIFF", "AIFF"),
        (b"\0\0\0\x20ftypM4A ", "MP4"),
        (b"\x1aE\xdf\xa3", "WebM"),
        (b"OggS", "Ogg"),
        (b"fLaC", "FLAC"),
        (b"ID3\x04", "MP3"),
        (b"\xff\xfb\x90\x64", "MP3"),
        (b"\xff\xf3\x84\xc4", "MP3"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"\xff\xf9\x50\x80", "AAC"),
        (b"#!AMR\n", "AMR"),
        (b"G" + bytes(187) + b"G", "MPEG-TS"),
    ],
)
def test_kinds(head: bytes, name: str) -> None:
    kind = kind_of(head)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize(
    "head", [b"", b"\xff", b"\xff\xff\xff\xff", b"\xff\xe8\0\0", b"RIFF\0\0\0\0AVI ", b"#EXTM3U", b"hi"]
)
def test_what_is_no_audio(head: bytes) -> None:
    assert kind_of(head) is None


def test_what_else_it_may_be() -> None:
    assert what_else(b"PK\x03\x04") == "a ZIP archive"
    assert what_else(b"one, two\n") == "plain text"
    assert what_else(b"\x00\x01") is None
    assert what_else(b"") is None
