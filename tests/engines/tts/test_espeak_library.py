"""The library is loaded in a process of its own here, too: it must never be in the one that runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

SCRIPT = """
from ovos_voice_agent.engines.tts.espeak_library import Espeak

espeak = Espeak()
assert espeak.rate_hz == 22050
voices = {voice.languages[0][1]: voice for voice in espeak.voices()}
assert voices["en-us"].identifier == "gmw/en-US" and voices["en-us"].gender == "male"
assert (3, "en") in voices["en-us"].languages
assert any(variant.identifier == "!v/f3" and variant.gender == "female" for variant in espeak.variants())

assert espeak.phonemes("Hello there, it's me!", "gmw/en-US") == "həlˈoʊ ðˈɛɹ, ɪts mˌiː!"
assert espeak.voice_for("de_DE") == "gmw/de" and espeak.voice_for("en-us") == "gmw/en-US"
assert espeak.phonemes("Tag?", espeak.voice_for("de")) == "tˈɑːk?"

heard = []
espeak.configure("gmw/de", 175, 50, 50)
espeak.speak("schöne Welt", lambda pcm, marks: heard.append((pcm, marks)) or True)
assert [position for _, marks in heard for position, _ in marks] == [0, 7]
assert sum(len(pcm) for pcm, _ in heard) > 20000

short = []
espeak.speak("one two three four five six seven", lambda pcm, marks: short.append(pcm) or False)
assert len(short) == 1

def fault(pcm, marks):
    raise KeyError("fault")

for action, error in ((lambda: espeak.speak("hello", fault), KeyError),
                      (lambda: espeak.configure("nobody", 175, 50, 50), ValueError)):
    try:
        action()
    except error:
        continue
    raise AssertionError(error)
"""


def test_the_library_speaks_lists_stops_and_raises() -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
