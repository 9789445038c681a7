"""Word errors of PocketSphinx in noise, with and without the front end.

    python -m scripts.measure_frontend FOLDER [--strengths 0 0.5 0.9 1]

FOLDER has recordings (16 kHz, mono, 16 bit), `manifest.json` with their transcripts and where speech begins and ends,
and noises `noise_*.wav`; noise is added so many dB below the speech. Each recording is an utterance by itself, decoded
as the server does it. A strength of 0 is the sound as it came.
"""

from __future__ import annotations

import argparse
import json
import re
import wave
from pathlib import Path

import numpy as np

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float
from ovos_voice_agent.engines.frontend.rnnoise import DELAY_SAMPLES, FRAME_SAMPLES, Cleaner
from ovos_voice_agent.engines.stt.pocketsphinx_worker import MeanMeter, Utterance, new_decoder

LONGEST_S = 6.2
SNRS_DB = (10, 5, 0)


def read(path: Path) -> FloatSamples:
    with wave.open(str(path)) as file:
        return (np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768).astype(np.float32)


def cleaned(sound: FloatSamples, strength: float) -> FloatSamples:
    """The sound without its noise, in its place."""
    if strength == 0:
        return sound
    size = -(-(len(sound) + DELAY_SAMPLES) // FRAME_SAMPLES) * FRAME_SAMPLES
    padded = np.concatenate((sound, np.zeros(size - len(sound), np.float32)))
    frames = Cleaner(strength, 0.0).clean(padded.reshape(-1, FRAME_SAMPLES))
    return np.concatenate(frames)[DELAY_SAMPLES:][: len(sound)]


def with_noise(sound: FloatSamples, noise: FloatSamples, snr_db: float, row: dict) -> FloatSamples:
    first, last = (int(row[key] * 16_000) for key in ("speech_start", "speech_end"))
    long = np.resize(noise, len(sound))
    scale = np.sqrt(np.mean(sound[first:last] ** 2) / np.mean(long**2) / 10 ** (snr_db / 10))
    mixed = sound + long * scale
    return (mixed / max(1.0, np.abs(mixed).max())).astype(np.float32)


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def errors(wanted: list[str], found: list[str]) -> int:
    """Words to insert, delete or replace."""
    row = list(range(len(found) + 1))
    for number, word in enumerate(wanted, 1):
        before, row[0] = row[:], number
        for place, other in enumerate(found, 1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return row[-1]


class Ear:
    """One decoder, as in the server's worker."""

    def __init__(self) -> None:
        self._decoder, self._meter = new_decoder(), MeanMeter()

    def hear(self, sound: FloatSamples) -> list[str]:
        utterance = Utterance(self._decoder, self._meter, None)
        utterance.feed(bytes_of_float(sound))
        utterance.end()
        while utterance.advance():
            pass
        return [word for word, *_ in utterance.finish()[0]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.0, 0.5, 0.9, 1.0])
    options = parser.parse_args()
    rows = [
        row
        for row in json.loads((options.folder / "manifest.json").read_text())
        if row["language"] == "en" and row["rate"] == 16_000 and row["seconds"] <= LONGEST_S
    ]
    noises = {path.stem: read(path) for path in sorted(options.folder.glob("noise_*.wav"))}
    noises["white"] = np.random.default_rng(1).standard_normal(160_000).astype(np.float32)
    ear = Ear()
    for name, snr_db in [("", 0), *((name, snr_db) for name in noises for snr_db in SNRS_DB)]:
        found, total = dict.fromkeys(options.strengths, 0), 0
        for row in rows:
            sound, wanted = read(options.folder / row["file"]), words(row["transcript"])
            heard = with_noise(sound, noises[name], snr_db, row) if name else sound
            total += len(wanted)
            for strength in options.strengths:
                found[strength] += errors(wanted, ear.hear(cleaned(heard, strength)))
        told = ", ".join(f"{strength:g}: {100 * count / total:.1f} %" for strength, count in found.items())
        print(f"{f'{name} at {snr_db} dB' if name else 'as recorded':<20}{told}", flush=True)


if __name__ == "__main__":
    main()
