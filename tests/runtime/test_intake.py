"""One stream of 16 kHz, whatever comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.clock import Tick, from_samples
from ovos_voice_agent.runtime.intake import Intake, position_of, sample_at
from tests.runtime.scenes import PCM_24K, pieces, tone_24k

PCMU = AudioFormat("pcmu", 8_000)


def take(intake: Intake, audio: bytes, format: AudioFormat, start: int, size_bytes: int = 1 << 30) -> int:
    """Push everything in pieces; returns the position behind."""
    at = start
    for piece in pieces(audio, size_bytes):
        intake.push(piece, format, Tick(at))
        at += from_samples(format.samples_in_bytes(len(piece)), format.rate_hz)
    return at


def test_positions_are_those_of_the_connection() -> None:
    assert [sample_at(Tick(tick)) for tick in (0, 1, 2, 3, 4)] == [0, 1, 1, 1, 2]
    assert sample_at(position_of(12345)) == 12345


@pytest.mark.parametrize("size_bytes", [48, 960, 4802, 480_000])
def test_the_stream_does_not_depend_on_the_cuts(size_bytes: int) -> None:
    audio = tone_24k(1000)
    whole, cut = Intake(), Intake()
    take(whole, audio, PCM_24K, 0)
    take(cut, audio, PCM_24K, 0, size_bytes)
    assert whole.slice(0, 16_000) == cut.slice(0, 16_000)
    assert len(whole.slice(0, 16_000)) == 32_000


@pytest.mark.parametrize("size_bytes", [48, 961, 1920])
def test_digital_silence_is_as_exact_as_sound(size_bytes: int) -> None:
    """It takes a way of its own, past decoder and filter, in and out again at any place."""
    audio = b"".join((bytes(4_000), tone_24k(30), bytes(9_001), tone_24k(5), bytes(30_001), tone_24k(100)))
    whole, cut = Intake(), Intake()
    take(whole, audio, PCM_24K, 0)
    at = 0
    for piece in pieces(audio, size_bytes):
        at = take(cut, piece, PCM_24K, at)
        end = cut.end_sample
        known = cut.slice(max(0, end - 512), end)
        assert pcm.bytes_of_float(cut.floats(max(0, end - 512), end)) == known
    assert cut.slice(0, 32_000) == whole.slice(0, 32_000)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from(["push", "later", "look", "forget"]), st.integers(0, 2_400)), max_size=25),
    st.sampled_from([AudioFormat("pcm16", 24_000), AudioFormat("pcm16", 16_000), PCMU]),
)
def test_what_is_taken_in_later_is_the_same_to_the_bit(steps: list[tuple[str, int]], format: AudioFormat) -> None:
    sound = np.random.default_rng(7).integers(0, 256, 200_000, np.uint8).tobytes()
    plain, lazy, at, forgotten = Intake(), Intake(), 0, 0
    for what, size in steps:
        end = plain.end_sample
        if what in ("push", "later"):
            piece = sound[at : at + size * format.bytes_per_sample]
            start = Tick(from_samples(at // format.bytes_per_sample, format.rate_hz))
            plain.push(piece, format, start)
            (lazy.push if what == "push" else lazy.push_later)(piece, format, start)
            at += len(piece)
        elif what == "look":
            first = max(end - size, forgotten)
            assert lazy.slice(first, end + 9) == plain.slice(first, end + 9)
        elif end - size > forgotten:
            forgotten = end - size
            plain.forget(forgotten)
            lazy.forget(forgotten)
        assert lazy.end_sample == plain.end_sample
    first, end = max(forgotten, 0), plain.end_sample
    np.testing.assert_array_equal(lazy.floats(first, end), plain.floats(first, end))


def test_what_the_resampler_still_holds_can_be_had_and_is_not_used_up() -> None:
    intake = Intake()
    at = take(intake, tone_24k(100), PCM_24K, 0)
    assert intake.end_sample < 1600
    assert len(intake.slice(1500, 1600)) == 200
    assert len(intake.slice(1599, 1600)) == 2
    take(intake, tone_24k(100), PCM_24K, at)
    once = Intake()
    take(once, tone_24k(100) * 2, PCM_24K, 0)
    assert intake.slice(0, 3200) == once.slice(0, 3200)


def test_a_change_of_format_keeps_the_clock() -> None:
    intake, at = Intake(), 0
    for number in range(20):  # odd lengths, so that every change falls between samples of 16 kHz
        if number % 2:
            at = take(intake, bytes([0xFF]) * 81, PCMU, at)
        else:
            at = take(intake, tone_24k(50)[: 2 * 1001], PCM_24K, at)
    assert at == 10 * (81 * 6 + 1001 * 2)
    assert len(intake.slice(0, at // 3)) == 2 * (at // 3)
    assert abs(intake.end_sample - at // 3) <= 40  # but for what the resampler looks ahead


def test_a_click_stays_where_it_is_across_formats() -> None:
    intake = Intake()
    at = take(intake, bytes([0xFF]) * 4000, PCMU, 0)  # 500 ms of silence
    click = np.zeros(24_00, "<i2")
    click[1200] = 30_000  # at 550 ms
    take(intake, click.tobytes(), PCM_24K, at)
    samples = np.frombuffer(intake.slice(0, 9600), "<i2")
    assert abs(int(np.argmax(np.abs(samples))) - 8800) <= 1


def test_what_is_forgotten_is_gone() -> None:
    intake = Intake()
    take(intake, tone_24k(100), PCM_24K, 0)
    intake.forget(800)
    assert len(intake.slice(0, 1000)) == 400
    assert len(intake.floats(900, 1000)) == 100
