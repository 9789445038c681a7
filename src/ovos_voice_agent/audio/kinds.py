"""What a file is, by its first bytes: names and types that clients send with it are often wrong.

Rules: a kind that is not in the table is never handed to a decoder, and the decoder is told the kind instead of
guessing again: a guess could find a playlist, and follow it.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BYTES = 512
"""What must be known of a file to tell its kind."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """`sndfile` and `ffmpeg` tell who can read it: FFmpeg by the name of its demuxer, empty where it is not needed."""

    name: str
    sndfile: bool = False
    ffmpeg: str = ""


WAV = FileKind("WAV", sndfile=True, ffmpeg="wav")
OGG = FileKind("Ogg", sndfile=True, ffmpeg="ogg")
MP3 = FileKind("MP3", sndfile=True, ffmpeg="mp3")
AAC = FileKind("AAC", ffmpeg="aac")

_AT_START: tuple[tuple[bytes, FileKind], ...] = (
    (b"fLaC", FileKind("FLAC", sndfile=True, ffmpeg="flac")),
    (b"OggS", OGG),
    (b"RF64", FileKind("RF64", sndfile=True)),
    (b".snd", FileKind("AU", sndfile=True)),
    (b"caff", FileKind("CAF", sndfile=True, ffmpeg="caf")),
    (b"\x1aE\xdf\xa3", FileKind("WebM", ffmpeg="matroska")),
    (b"#!AMR", FileKind("AMR", ffmpeg="amr")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileKind("WMA", ffmpeg="asf")),
    (b"\x00\x00\x01\xba", FileKind("MPEG", ffmpeg="mpeg")),
    (b"ADIF", AAC),
)
_NOT_AUDIO: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{", "JSON text"),
    (b"<", "HTML or XML text"),
)
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")


def kind_of(head: bytes) -> FileKind | None:
    """The kind of a file whose first bytes are `head`; None when it is none that can hold audio."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return FileKind("AIFF", sndfile=True)
    if head[4:8] in _MP4_BOXES:
        return FileKind("MP4", ffmpeg="mov")
    if head[:1] == b"\x47" and head[188:189] == b"\x47":
        return FileKind("MPEG-TS", ffmpeg="mpegts")
    found = next((kind for magic, kind in _AT_START if head.startswith(magic)), None)
    return found or _frames(head)


def what_else(head: bytes) -> str | None:
    """What a file is that holds no audio, in words; None when nothing is known of it."""
    found = next((words for magic, words in _NOT_AUDIO if head.startswith(magic)), None)
    if found is None and head and all(byte >= 0x20 or byte in b"\t\r\n" for byte in head):
        return "plain text"
    return found


def _frames(head: bytes) -> FileKind | None:
    """MP3 and AAC may begin with any frame: eleven or twelve bits of one, and a layer that AAC never has."""
    if head.startswith(b"ID3"):
        return MP3
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer, version = head[1] >> 1 & 3, head[1] >> 3 & 3
    if layer == 0:
        return AAC if head[1] & 0xF0 == 0xF0 else None
    rate, bit_rate = head[2] >> 2 & 3, head[2] >> 4
    return MP3 if version != 1 and rate != 3 and bit_rate != 15 else None
