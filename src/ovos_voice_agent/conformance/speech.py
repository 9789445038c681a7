"""The utterance that the suite speaks, and how it is cut to where its speech begins and ends."""

from __future__ import annotations

import functools
from array import array
from importlib.resources import as_file, files
from pathlib import Path

from ovos_voice_agent.client.sound import WIRE_HZ, read_speech

WINDOW = WIRE_HZ // 100
LOUD_PART = 0.05
"""Of the loudest 10 ms: what is above it counts as speech."""


@functools.cache
def utterance(path: Path | None = None) -> bytes:
    """A recording (the shipped one by default) without the quiet at its ends: mono int16 at 24 kHz.

    Raises OSError, or ValueError where the file is no WAV or has no sound in it.
    """
    if path is not None:
        return trimmed(read_speech(path))
    with as_file(files("ovos_voice_agent.conformance").joinpath("data", "speech.wav")) as shipped:
        return trimmed(read_speech(shipped))


def trimmed(pcm: bytes) -> bytes:
    """The part between the first and the last 10 ms that are loud. Raises ValueError where all is silent."""
    samples = array("h", pcm)
    levels = [
        sum(abs(one) for one in samples[start : start + WINDOW])
        for start in range(0, len(samples) - WINDOW + 1, WINDOW)
    ]
    if not levels or not max(levels):
        raise ValueError("the recording is silent")
    loud = [place for place, level in enumerate(levels) if level > LOUD_PART * max(levels)]
    return samples[loud[0] * WINDOW : (loud[-1] + 1) * WINDOW].tobytes()
