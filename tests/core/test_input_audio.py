"""The input audio buffer: positions, odd bytes, segments."""

from __future__ import annotations

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.clock import Tick, from_ms
from ovos_voice_agent.core.input_audio import InputAudio, joined, length_ms
from tests.core.stage import pcm

PCM = AudioFormat()
ULAW = AudioFormat("pcmu", 8_000)


def test_half_a_sample_waits_for_its_other_half() -> None:
    audio = InputAudio(0.0)
    assert audio.append(b"\x01", PCM, 0.0) is None
    piece = audio.append(b"\x02\x03", PCM, 0.0)
    assert piece is not None
    assert (piece.data, piece.start, audio.end) == (b"\x01\x02", 0, 2)
    last = audio.append(b"\x04", PCM, 0.0)
    assert last is not None
    assert (last.data, last.start) == (b"\x03\x04", 2)


def test_a_new_format_begins_with_a_whole_sample() -> None:
    audio = InputAudio(0.0)
    audio.append(b"\x01\x02\x03", PCM, 0.0)
    audio.format_changes()
    piece = audio.append(b"\x07", ULAW, 0.0)
    assert piece is not None
    assert (piece.data, piece.start, piece.end) == (b"\x07", 2, 8)


def test_a_segment_is_taken_out_of_any_pieces() -> None:
    audio, whole = InputAudio(0.0), pcm(100)
    for start in range(0, len(whole), 700):
        audio.append(whole[start : start + 700], PCM, 0.0)
    taken = audio.commit(from_ms(20), from_ms(70))
    assert joined(taken) == (whole[20 * 48 : 70 * 48], PCM)
    assert length_ms(taken) == 50
    assert (audio.committed, audio.start, audio.length) == (from_ms(70), from_ms(70), from_ms(30))
    assert joined(audio.commit(from_ms(70), audio.end)) == (whole[70 * 48 :], PCM)


def test_positions_between_samples_take_the_next_sample() -> None:
    audio = InputAudio(0.0)
    audio.append(bytes(range(10)), ULAW, 0.0)  # A sample every 6 ticks.
    assert joined(audio.commit(Tick(7), Tick(25))) == (bytes([2, 3, 4]), ULAW)


def test_a_segment_of_two_formats_is_not_one_recording() -> None:
    audio = InputAudio(0.0)
    audio.append(pcm(10), PCM, 0.0)
    audio.append(bytes(80), ULAW, 0.0)
    taken = audio.commit(Tick(0), audio.end)
    assert joined(taken) is None
    assert length_ms(taken) == 20
    assert joined([]) is None


def test_old_audio_is_let_go() -> None:
    audio = InputAudio(0.0)
    audio.append(pcm(10), PCM, 0.0)
    audio.append(pcm(10), PCM, 0.0)
    audio.discard(from_ms(15))
    assert (audio.start, audio.length) == (from_ms(15), from_ms(5))
    audio.discard(from_ms(30))
    assert (audio.start, audio.end) == (from_ms(20), from_ms(20))


def test_the_clock_is_the_audio_extended_by_the_time_since() -> None:
    audio = InputAudio(100.0)
    assert audio.at_ms(100.5) == 500
    audio.append(pcm(20), PCM, 101.0)
    assert audio.at_ms(101.0) == 20
    assert audio.at_ms(101.25) == 270
    audio.empty()
    assert audio.at_ms(101.0) == 20
