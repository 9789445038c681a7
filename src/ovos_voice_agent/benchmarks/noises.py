"""Noises that nobody says: rooms, doors, coughs, clatter and the like, made from a seed.

Rules: each is a clip of its own, so that a share of them means something; mono int16 at 24 kHz, with silence in front.
What makes a noise like speech is kept: a cough has the bands of a throat, a knock comes in groups, a hum has pitch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float, float_of_bytes
from ovos_voice_agent.benchmarks.clips import Clip
from ovos_voice_agent.benchmarks.crowd import SEED, room_noise
from ovos_voice_agent.benchmarks.speech import LEAD_MS
from ovos_voice_agent.client.sound import BYTES_PER_MS, WIRE_HZ

PEAK = 0.4
"""Near a microphone: a person who speaks there has peaks of 0.2 to 0.6."""
OF_EACH = 4
PIECE_MS = 2_000
"""Of a recorded noise."""
LENGTH_MS = 1_600

Generator = np.random.Generator


def noises(recorded: Sequence[bytes] = ()) -> list[Clip]:
    """All that are made, `OF_EACH` of every kind, and pieces of `recorded` ones, each mono int16 at 24 kHz."""
    generator = np.random.default_rng(SEED + 5)
    made = [Clip(name, _framed(make(generator))) for name, make in KINDS.items() for _ in range(OF_EACH)]
    rooms = [
        Clip("room", room_noise(2, level_dbfs, SEED + 6 + number))
        for number, level_dbfs in enumerate((-45.0, -35.0, -30.0, -25.0))
    ]
    return [*made, *rooms, *(Clip("recorded", piece) for pcm in recorded for piece in _pieces(pcm))]


def cough(generator: Generator) -> FloatSamples:
    """Two blasts of breath through a throat, the second one softer and voiced."""
    first = _banded(generator, 160, 500, 2_500) * _fade(160, 5, 40)
    second = (_banded(generator, 140, 300, 1_800) + 0.5 * _buzz(140, 180 + 60 * generator.random())) * _fade(
        140, 15, 50
    )
    return _joined(first, _pause(40 + 60 * generator.random()), 0.6 * second)


def burst(generator: Generator) -> FloatSamples:
    """A bang: all pitches at once."""
    return _banded(generator, 200, 30, 11_000) * _fade(200, 1, 25)


def door(generator: Generator) -> FloatSamples:
    """A latch, and the thud of a wooden panel behind it."""
    latch = _banded(generator, 60, 1_500, 6_000) * _fade(60, 1, 8)
    slam = _banded(generator, 400, 40, 2_000) * _fade(400, 2, 30)
    panel = [_ring(generator, 400, 60 + 340 * generator.random(), 60) for _ in range(5)]
    return _joined(0.4 * latch, _pause(30 + 50 * generator.random()), slam + np.sum(panel, axis=0))


def knocks(generator: Generator) -> FloatSamples:
    """Three or four knocks, at the pace of syllables."""
    count = int(generator.integers(3, 5))
    knock = [_ring(generator, 120, 180 + 200 * generator.random(), 25) for _ in range(count)]
    return _joined(*(part for one in knock for part in (one, _pause(80 + 60 * generator.random()))))


def clatter(generator: Generator) -> FloatSamples:
    """Dishes: many small bodies that ring, in disorder."""
    sound = np.zeros(900 * WIRE_HZ // 1000, np.float32)
    for _ in range(25):
        ring = _ring(generator, 180, 900 + 5_000 * generator.random(), 30) * generator.random()
        at = int(generator.integers(len(sound) - len(ring)))
        sound[at : at + len(ring)] += ring
    return sound


def typing(generator: Generator) -> FloatSamples:
    """A keyboard: clicks, five to ten in a second."""
    clicks = [_banded(generator, 30, 1_000, 8_000) * _fade(30, 1, 5) for _ in range(9)]
    return _joined(*(part for one in clicks for part in (one, _pause(60 + 120 * generator.random()))))


def scrape(generator: Generator) -> FloatSamples:
    """A chair over the floor: a rough noise with a wandering pitch."""
    length_ms = 700
    rough = 1 + 0.8 * np.sign(np.sin(2 * np.pi * np.cumsum(70 + 30 * generator.random(length_ms * 24)) / WIRE_HZ))
    return (_banded(generator, length_ms, 300, 3_000) * rough * _fade(length_ms, 80, 400)).astype(np.float32)


def hum(generator: Generator) -> FloatSamples:
    """A fan that starts: air, over the hum of its motor."""
    air = _banded(generator, 1_200, 80, 4_000)
    return ((air + _buzz(1_200, 50 + 70 * generator.random())) * _fade(1_200, 300, 2_000)).astype(np.float32)


def rustle(generator: Generator) -> FloatSamples:
    """Paper, or a sleeve over the microphone: hiss that swells and fades."""
    swell = np.abs(np.interp(np.arange(800 * 24), np.arange(0, 801 * 24, 1920), generator.random(11)))
    return (_banded(generator, 800, 1_000, 9_000) * swell).astype(np.float32)


KINDS: dict[str, Callable[[Generator], FloatSamples]] = {
    "cough": cough,
    "burst": burst,
    "door": door,
    "knocks": knocks,
    "clatter": clatter,
    "typing": typing,
    "scrape": scrape,
    "hum": hum,
    "rustle": rustle,
}


def _banded(generator: Generator, ms: int, low_hz: float, high_hz: float) -> FloatSamples:
    """Noise of these pitches, as loud as any other."""
    count = ms * WIRE_HZ // 1000
    pitches_hz = np.fft.rfftfreq(count, 1 / WIRE_HZ)
    spectrum = np.fft.rfft(generator.standard_normal(count))
    spectrum[(pitches_hz < low_hz) | (pitches_hz > high_hz)] = 0
    noise = np.fft.irfft(spectrum, count)
    level: FloatSamples = (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)
    return level


def _buzz(ms: int, pitch_hz: float) -> FloatSamples:
    """Overtones that get softer, as of a motor or of vocal folds."""
    seconds = np.arange(ms * WIRE_HZ // 1000) / WIRE_HZ
    tones = [np.sin(2 * np.pi * number * pitch_hz * seconds) / number for number in range(1, 20)]
    buzz: FloatSamples = np.sum(tones, axis=0).astype(np.float32)
    return buzz


def _ring(generator: Generator, ms: int, pitch_hz: float, fade_ms: float) -> FloatSamples:
    """A body that was hit."""
    seconds = np.arange(ms * WIRE_HZ // 1000) / WIRE_HZ
    tone = np.sin(2 * np.pi * pitch_hz * seconds + 6 * generator.random())
    return (tone * _fade(ms, 1, fade_ms)).astype(np.float32)


def _fade(ms: int, rise_ms: float, fade_ms: float) -> FloatSamples:
    at_ms = np.arange(ms * WIRE_HZ // 1000) * 1000 / WIRE_HZ
    return (np.minimum(1.0, at_ms / rise_ms) * np.exp(-np.maximum(0.0, at_ms - rise_ms) / fade_ms)).astype(np.float32)


def _pause(ms: float) -> FloatSamples:
    return np.zeros(int(ms) * WIRE_HZ // 1000, np.float32)


def _joined(*parts: FloatSamples) -> FloatSamples:
    return np.concatenate(parts).astype(np.float32)


def _framed(sound: FloatSamples) -> bytes:
    loud = bytes_of_float((sound * (PEAK / np.max(np.abs(sound)))).astype(np.float32))
    rest_ms = max(0, LENGTH_MS - len(loud) // BYTES_PER_MS)
    return bytes(LEAD_MS * BYTES_PER_MS) + loud + bytes(rest_ms * BYTES_PER_MS)


def _pieces(pcm: bytes) -> list[bytes]:
    """Whole pieces of a recording, each faded in: a cut must not click."""
    size = PIECE_MS * BYTES_PER_MS
    ramp = np.minimum(1.0, np.arange(size // 2) / (20 * WIRE_HZ / 1000)).astype(np.float32)
    return [bytes_of_float(float_of_bytes(pcm[at : at + size]) * ramp) for at in range(0, len(pcm) - size + 1, size)]
