"""Stands in for the command `espeak-ng`, which not every machine has: as much of it as OVOS' plugin uses."""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPT = """#!{python}
import sys, wave
sys.path[:0] = {path}
from ovos_voice_agent.engines.tts.espeak_library import Espeak

arguments = sys.argv[1:]
told = {{key: arguments[arguments.index(key) + 1] for key in ("-w", "-v")}}
espeak = Espeak()
language, _, variant = told["-v"].partition("+")
espeak.configure(espeak.voice_for(language) + "+" + variant, 175, 50, 50)
heard = []
espeak.speak(arguments[-1], lambda pcm, marks: heard.append(pcm) or True)
with wave.open(told["-w"], "wb") as file:
    file.setparams((1, 2, espeak.rate_hz, 0, "NONE", ""))
    file.writeframes(b"".join(heard))
"""


def make_espeak_command(path: Path) -> Path:
    """Write an executable; returns its path."""
    path.write_text(SCRIPT.format(python=sys.executable, path=sys.path), encoding="utf-8")
    path.chmod(0o755)
    return path
