#!/usr/bin/env python3
"""Writes what the official Silero model says to the recordings of the tests: `tests/engines/vad/silero_reference.json`.

Needs `onnxruntime`, and pip with network access. The file is committed, so only a new version of Silero calls for it.
Run it in the repository: `python -m scripts.silero_reference`.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime

from ovos_voice_agent.audio.wav import read_wav
from scripts.export_silero import MODEL, download
from tests.recordings import recording

NAMES = ("goforward", "something", "cards_005", "librivox_0890")
OUT = Path("tests/engines/vad/silero_reference.json")


def probabilities(session: onnxruntime.InferenceSession, name: str) -> list[float]:
    """One for each whole window of 512 samples, from a fresh state."""
    samples, _ = read_wav(recording(name))
    state, context, found = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for window in samples[: len(samples) // 512 * 512].reshape(-1, 512):
        inputs = {"input": np.concatenate((context, window))[None], "state": state, "sr": np.array(16_000, np.int64)}
        output, state = session.run(None, inputs)
        context = window[-64:]
        found.append(round(float(output[0, 0]), 5))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(download(Path(folder))) as wheel:
        session = onnxruntime.InferenceSession(wheel.read(MODEL))
    OUT.write_text(json.dumps({name: probabilities(session, name) for name in NAMES}) + "\n")


if __name__ == "__main__":
    main()
