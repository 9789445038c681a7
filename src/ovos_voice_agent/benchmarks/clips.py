"""What `hearing` says: recordings as they are, with a pause, in noise, cut short, and single words cut out of them.

Rules: everything is made from recordings and a seed. A pause is a log-normal time (half of them over 500 ms, one in
ten over a second) put between two words, or where the recording is quietest when its words are not known. The times of
words come from `data/words.json` (by `scripts/align_words.py`, for recordings by their name), or stand beside the
recording as `NAME.words.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float, float_of_bytes
from ovos_voice_agent.benchmarks.crowd import SEED, room_noise
from ovos_voice_agent.benchmarks.speech import LEAD_MS, LEVEL_MS, TAIL_MS, Utterance
from ovos_voice_agent.client.sound import BYTES_PER_MS, WIRE_HZ

PAUSE_MS = 500.0
PAUSE_SPREAD = 0.55
"""Standard deviation of the logarithm."""
SNR_DB = 10.0
AIR_DBFS = -65.0
"""Noise that is put into pauses: nobody's room is digital silence."""
MARGIN_MS = 40
"""Of a word that is cut out, on either side."""

SHORT_WORDS = frozenset(
    "yes no one two three four five six seven eight nine ten zero oh hearts spades clubs queen go".split()
)
WORDS_OF_A_CUT = 0.6
"""Share of the words after which a recording is cut short."""

_SAMPLES_PER_MS = WIRE_HZ // 1000


@dataclass(frozen=True, slots=True)
class Word:
    """In milliseconds of the clip."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Clip:
    """`pcm` is mono int16 at 24 kHz; the sound in it ends at `end_ms`, None where there is nobody to hear. `words` are
    empty where nobody knows them. `source` is the recording that it was made of."""

    name: str
    pcm: bytes
    end_ms: float | None = None
    words: tuple[Word, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """One utterance with the times of its words, its name, and where its sound ends."""

    name: str
    utterance: Utterance
    words: tuple[Word, ...]

    @classmethod
    def read(cls, path: Path) -> Recording:
        """A WAV file. Raises OSError, ValueError."""
        utterance = Utterance.read(path)
        words = tuple(
            Word(text, LEAD_MS + 1000 * start_s, min(LEAD_MS + 1000 * end_s, utterance.end_ms))
            for text, start_s, end_s in _times(path)
        )
        return cls(path.stem, utterance, words)


def spoken(recordings: Sequence[Recording], seed: int = SEED) -> list[Clip]:
    """Whole turns: nobody may be cut off in them, and all of them end."""
    generator = np.random.default_rng(seed)
    clips: list[Clip] = []
    for one in recordings:
        clips += [plain(one), paused(one, generator), noisy(one), *short_words(one)]
    return clips


def plain(one: Recording) -> Clip:
    return Clip("as recorded", one.utterance.pcm, one.utterance.end_ms, one.words, one.name)


def paused(one: Recording, generator: np.random.Generator) -> Clip:
    """With a pause inside of the turn."""
    pause_ms = float(np.exp(generator.normal(np.log(PAUSE_MS), PAUSE_SPREAD)))
    inner = one.words[:-1]
    at_ms = inner[int(generator.integers(len(inner)))].end_ms if inner else _quietest_ms(one.utterance)
    air = generator.standard_normal(int(pause_ms * _SAMPLES_PER_MS)).astype(np.float32) * 10 ** (AIR_DBFS / 20)
    pcm = _split(one.utterance.pcm, at_ms, bytes_of_float(air.astype(np.float32)))
    later = tuple(
        word if word.end_ms <= at_ms else Word(word.text, word.start_ms + pause_ms, word.end_ms + pause_ms)
        for word in one.words
    )
    return Clip("with a pause", pcm, one.utterance.end_ms + pause_ms, later, one.name)


def noisy(one: Recording) -> Clip:
    """Noise of a room all over it, `SNR_DB` below the loud parts of the speech."""
    samples = float_of_bytes(one.utterance.pcm)
    loud = samples[int(one.utterance.onset_ms) * _SAMPLES_PER_MS : int(one.utterance.end_ms) * _SAMPLES_PER_MS]
    level_dbfs = 10 * np.log10(np.mean(loud**2)) - SNR_DB
    noise = float_of_bytes(room_noise(len(samples) // WIRE_HZ + 1, level_dbfs, SEED + 2))
    pcm = bytes_of_float(samples + noise[: len(samples)])
    return Clip("in noise", pcm, one.utterance.end_ms, one.words, one.name)


def short_words(one: Recording) -> Iterator[Clip]:
    """Single words that are turns by themselves, each once."""
    for text in dict.fromkeys(word.text for word in one.words if word.text in SHORT_WORDS):
        yield single(one, next(word for word in one.words if word.text == text))


def single(one: Recording, word: Word) -> Clip:
    """One word, faded in and out, with silence around it."""
    begin_ms, end_ms = word.start_ms - MARGIN_MS, word.end_ms + MARGIN_MS
    sound = float_of_bytes(one.utterance.pcm)[int(begin_ms) * _SAMPLES_PER_MS : int(end_ms) * _SAMPLES_PER_MS]
    pcm = _framed(_faded(sound))
    length_ms = len(sound) / _SAMPLES_PER_MS
    alone = Word(word.text, LEAD_MS + MARGIN_MS, LEAD_MS + length_ms - MARGIN_MS)
    return Clip("a short word", pcm, LEAD_MS + length_ms - MARGIN_MS, (alone,), one.name)


def cut_short(one: Recording) -> Clip | None:
    """The beginning of a sentence whose end never comes; None where it has no words to cut between."""
    count = int(len(one.words) * WORDS_OF_A_CUT)
    if not 1 <= count < len(one.words):
        return None
    kept = one.words[:count]
    sound = float_of_bytes(one.utterance.pcm)[LEAD_MS * _SAMPLES_PER_MS : int(kept[-1].end_ms) * _SAMPLES_PER_MS]
    return Clip("cut short", _framed(_faded(sound)), kept[-1].end_ms, kept, one.name)


def _times(path: Path) -> list[tuple[str, float, float]]:
    beside = path.with_suffix(".words.json")
    if beside.is_file():
        return [(text, start_s, end_s) for text, start_s, end_s in json.loads(beside.read_text(encoding="utf-8"))]
    return _known().get(path.stem, [])


@cache
def _known() -> dict[str, list[tuple[str, float, float]]]:
    file = resources.files("ovos_voice_agent.benchmarks").joinpath("data", "words.json")
    known: dict[str, list[tuple[str, float, float]]] = json.loads(file.read_text(encoding="utf-8"))
    return known


def _quietest_ms(utterance: Utterance) -> float:
    """The quietest place of the middle half of the sound."""
    samples = float_of_bytes(utterance.pcm)
    first, last = (int(utterance.onset_ms + share * (utterance.end_ms - utterance.onset_ms)) for share in (0.25, 0.75))
    size = LEVEL_MS * _SAMPLES_PER_MS
    places = range(first * _SAMPLES_PER_MS, last * _SAMPLES_PER_MS, size)
    levels = [float(np.mean(samples[at : at + size] ** 2)) for at in places]
    return float(first + int(np.argmin(levels)) * LEVEL_MS)


def _split(pcm: bytes, at_ms: float, between: bytes) -> bytes:
    cut = int(at_ms) * BYTES_PER_MS
    return pcm[:cut] + between + pcm[cut:]


def _faded(sound: FloatSamples) -> FloatSamples:
    """10 ms in and out: a cut must not click."""
    count = min(10 * _SAMPLES_PER_MS, len(sound) // 2)
    ramp = np.linspace(0.0, 1.0, count, dtype=np.float32)
    faded = sound.copy()
    faded[:count] *= ramp
    faded[len(faded) - count :] *= ramp[::-1]
    return faded


def _framed(sound: FloatSamples) -> bytes:
    return bytes(LEAD_MS * BYTES_PER_MS) + bytes_of_float(sound) + bytes(TAIL_MS * BYTES_PER_MS)
