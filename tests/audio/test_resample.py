"""The resampler: exact under any cutting, in time, and faithful."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovos_voice_agent.audio.format import convert_samples
from ovos_voice_agent.audio.pcm import FloatSamples, float_of_int16
from ovos_voice_agent.audio.resample import Resampler

RATES_HZ = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
PAIRS = [(a, b) for a in RATES_HZ for b in RATES_HZ if a != b]


def resampled(samples: FloatSamples, from_hz: int, to_hz: int) -> FloatSamples:
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate((resampler.push(samples), resampler.flush()))


def sine(hz: float, rate_hz: int, count: int) -> FloatSamples:
    return np.sin(2 * np.pi * hz / rate_hz * np.arange(count)).astype(np.float32)


@settings(deadline=None)
@given(
    st.sampled_from(PAIRS), st.lists(st.sampled_from([0, 1, 1, 2, 3, 16, 160, 700]), max_size=20), st.integers(0, 99)
)
def test_cutting_changes_no_bit(pair: tuple[int, int], sizes: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal(sum(sizes) + 30).astype(np.float32)
    resampler, pieces, at = Resampler(*pair), [], 0
    for size in [*sizes, *[1] * 30]:
        pieces.append(resampler.push(samples[at : at + size]))
        at += size
    np.testing.assert_array_equal(np.concatenate([*pieces, resampler.flush()]), resampled(samples, *pair))


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(PAIRS), st.lists(st.integers(1, 700), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_int16_is_as_exact_and_rounded_once(pair: tuple[int, int], sizes: list[int], seed: int) -> None:
    ints = np.random.default_rng(seed).integers(-32768, 32768, 3000).astype(np.int16)
    ints[:500] = 0
    stream = Resampler(*pair)
    cuts, at = [], 0
    for size in itertools.cycle(sizes):
        if at >= len(ints):
            break
        cuts.append(stream.push_int16(ints[at : at + size]))
        at += size
    whole = Resampler(*pair).push_int16(ints)
    assert (np.concatenate(cuts) == whole).all()
    floats = Resampler(*pair).push(float_of_int16(ints)).astype(np.float64) * 32768
    assert np.abs(np.clip(floats, -32768, 32767) - whole).max() <= 0.51


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([*PAIRS, (16_000, 16_000)]),
    st.lists(st.tuples(st.integers(0, 700), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_what_is_skipped_changes_nothing_of_what_follows(
    pair: tuple[int, int], steps: list[tuple[int, bool]], seed: int
) -> None:
    ints = np.random.default_rng(seed).integers(-32768, 32768, sum(size for size, _ in steps) + 1).astype(np.int16)
    whole, stream, at, made = Resampler(*pair).push_int16(ints), Resampler(*pair), 0, 0
    for size, skipped in [*steps, (1, False)]:
        due = stream.due(size)
        if skipped:
            assert stream.skip_int16(ints[at : at + size]) == due
        else:
            np.testing.assert_array_equal(stream.push_int16(ints[at : at + size]), whole[made : made + due])
        at, made = at + size, made + due
    assert made == len(whole)


def test_one_sample_at_a_time_equals_ten_seconds_at_once() -> None:
    samples = np.random.default_rng(1).standard_normal(5_000).astype(np.float32)
    resampler = Resampler(24_000, 16_000)
    single = [resampler.push(samples[at : at + 1]) for at in range(len(samples))]
    np.testing.assert_array_equal(np.concatenate([*single, resampler.flush()]), resampled(samples, 24_000, 16_000))


@given(st.sampled_from(PAIRS), st.integers(0, 400))
def test_nothing_is_lost_or_added(pair: tuple[int, int], count: int) -> None:
    assert len(resampled(np.zeros(count, np.float32), *pair)) == convert_samples(count, *pair)


@pytest.mark.parametrize("pair", PAIRS)
def test_output_is_in_time_and_faithful(pair: tuple[int, int]) -> None:
    from_hz, to_hz = pair
    made = resampled(sine(1_000, from_hz, from_hz // 4), from_hz, to_hz)
    expected = sine(1_000, to_hz, len(made))
    inner = slice(to_hz // 50, -(to_hz // 50))  # the edges of a sine that begins and ends are no sine
    # A shift by a hundredth of a sample would show as 0.004 and more.
    assert np.abs(made - expected)[inner].max() < 5e-4


@pytest.mark.parametrize(
    "pair", [(8_000, 16_000), (16_000, 24_000), (24_000, 16_000), (22_050, 24_000), (48_000, 16_000)]
)
def test_an_impulse_stays_where_it_was(pair: tuple[int, int]) -> None:
    from_hz, to_hz = pair
    samples = np.zeros(from_hz // 5, np.float32)
    samples[from_hz // 10] = 1.0
    made = resampled(samples, from_hz, to_hz)
    assert int(np.abs(made).argmax()) == to_hz // 10
    centre = float((made**2 * np.arange(len(made))).sum() / (made**2).sum())
    assert centre == pytest.approx(to_hz / 10, abs=0.01)


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    assert np.abs(resampled(sine(10_000, 24_000, 4_800), 24_000, 16_000)[200:-200]).max() < 2e-4


def test_a_constant_stays_what_it_is() -> None:
    made = resampled(np.full(2_000, 0.5, np.float32), 22_050, 24_000)
    np.testing.assert_allclose(made[100:-100], 0.5, atol=1e-6)


@pytest.mark.parametrize(("pair", "delay_ms"), [((24_000, 16_000), 1), ((16_000, 24_000), 1), ((8_000, 16_000), 2)])
def test_little_is_held_back(pair: tuple[int, int], delay_ms: int) -> None:
    from_hz, to_hz = pair
    resampler = Resampler(from_hz, to_hz)
    assert resampler.held_samples * 1000 // from_hz == delay_ms
    made = len(resampler.push(np.zeros(from_hz // 10, np.float32)))
    assert made == (to_hz // 10) - delay_ms * to_hz // 1000


def test_flush_begins_a_new_stream() -> None:
    resampler, samples = Resampler(16_000, 24_000), sine(440, 16_000, 700)
    first = np.concatenate((resampler.push(samples), resampler.flush()))
    np.testing.assert_array_equal(np.concatenate((resampler.push(samples), resampler.flush())), first)


def test_reset_forgets() -> None:
    resampler, samples = Resampler(16_000, 24_000), sine(440, 16_000, 700)
    resampler.push(np.ones(50, np.float32))
    resampler.reset()
    made = np.concatenate((resampler.push(samples), resampler.flush()))
    np.testing.assert_array_equal(made, resampled(samples, 16_000, 24_000))


def test_equal_rates_pass() -> None:
    resampler, samples = Resampler(16_000, 16_000), sine(440, 16_000, 100)
    assert resampler.push(samples) is samples
    assert (resampler.held_samples, len(resampler.flush())) == (0, 0)


@settings(deadline=None)
@given(st.sampled_from(PAIRS), st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=8), st.integers(0, 9))
def test_silence_is_exact_wherever_it_begins_and_ends(
    pair: tuple[int, int], parts: list[tuple[bool, int]], seed: int
) -> None:
    noise = np.random.default_rng(seed)
    pieces = [noise.standard_normal(n).astype(np.float32) if loud else np.zeros(n, np.float32) for loud, n in parts]
    resampler, made = Resampler(*pair), []
    for (loud, count), piece in zip(parts, pieces, strict=True):
        if loud or not resampler.silent:
            made.append(resampler.push(piece))
        else:
            made.append(np.zeros(resampler.push_silence(count), np.float32))
    made.append(resampler.flush())
    whole = np.concatenate([*pieces, np.zeros(0, np.float32)])
    np.testing.assert_array_equal(np.concatenate(made), resampled(whole, *pair))


def test_rates_with_nothing_in_common_are_filtered_too() -> None:
    made = resampled(sine(440, 11_127, 2_000), 11_127, 16_000)
    expected = sine(440, 16_000, len(made))
    assert np.abs(made - expected)[400:-400].max() < 5e-4
