"""The worker loads espeak-ng, so it runs in a process of its own here, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.voices import PHONEME_SAMPLES, RATE_HZ, make_piper

pytestmark = [pytest.mark.real, pytest.mark.extra]

SCRIPT = """
import sys
from ovos_voice_agent.engines.tts.piper_worker import Voices

voices = Voices({"threads": 1, "models": [sys.argv[1]]})
[(samples, rate_hz)] = voices.synthesise({"voice": "one", "text": "hello there.", "speed": 1.0})
print(len(samples), rate_hz)
assert list(voices.synthesise({"voice": "one", "text": "", "speed": 1.0})) == []
"""


def test_each_sound_of_a_sentence_is_said(tmp_path: Path) -> None:
    model = make_piper(tmp_path / "one.onnx")
    done = subprocess.run([sys.executable, "-c", SCRIPT, model], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    samples, rate_hz = map(int, done.stdout.split())
    assert rate_hz == RATE_HZ
    assert samples == PHONEME_SAMPLES * (3 + 2 * len("həlˈoʊ ðˈɛɹ."))
