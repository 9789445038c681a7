"""Bytes of a session, cut anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.audio.codec import StreamDecoder, StreamEncoder
from ovos_voice_agent.audio.format import AudioFormat

PCM = AudioFormat("pcm16", 24_000)
FORMATS = [PCM, AudioFormat("pcmu", 8_000), AudioFormat("pcma", 8_000)]


@given(st.binary(max_size=200), st.lists(st.integers(0, 9), max_size=40), st.sampled_from(FORMATS))
def test_where_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int], format: AudioFormat) -> None:
    decoder, pieces, at = StreamDecoder(format), [], 0
    for size in [*cuts, len(data)]:
        pieces.append(decoder.decode(data[at : at + size]))
        at += size
    whole = StreamDecoder(format).decode(data)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert len(whole) == format.samples_in_bytes(len(data))
    assert decoder.held_bytes == len(data) % format.bytes_per_sample


def test_reset_drops_half_a_sample() -> None:
    decoder = StreamDecoder(PCM)
    assert len(decoder.decode(b"\x01")) == 0
    assert decoder.reset() == 1
    assert decoder.reset() == 0
    assert decoder.decode(b"\x00\x40").tolist() == [0.5]


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_decoded_encodes_to_the_same_bytes(format: AudioFormat) -> None:
    data = bytes(range(128)) * 2
    assert StreamEncoder(format).encode(StreamDecoder(format).decode(data)) == data.replace(
        b"\x7f", b"\xff" if format.encoding == "pcmu" else b"\x7f"
    )


def test_decoded_samples_may_be_changed() -> None:
    samples = StreamDecoder(PCM).decode(b"\x00\x40")
    samples *= 2
    assert samples.dtype == np.float32
    assert samples.tolist() == [1.0]


def test_silence_is_told_where_that_is_cheap_and_taken_only_then() -> None:
    decoder = StreamDecoder(PCM)
    assert decoder.decode_silence(bytes(8)) == 4
    assert decoder.decode_silence(bytes(7)) == 0
    assert decoder.decode_silence(b"\0\0\1\0") == 0
    decoder.decode(b"\0")
    assert decoder.decode_silence(bytes(8)) == 0
    assert decoder.held_bytes == 1
    assert StreamDecoder(FORMATS[1]).decode_silence(bytes(8)) == 0
