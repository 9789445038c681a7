"""Kokoro: one small neural model with dozens of voices in nine languages, through the package kokoro-onnx.

It runs in a worker process: the package brings a phonemizer under the GPL, and calls of the model take long.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.interface import EngineInfo, Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.voices import Common, WorkerTts
from ovos_voice_agent.engines.workers import WorkerSpec

need("kokoro_onnx")

RATE_HZ = 24_000
LANGUAGES: Mapping[str, str] = {
    "a": "en-US",
    "b": "en-GB",
    "e": "es",
    "f": "fr-FR",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-BR",
    "z": "zh",
}
"""What the first letter of a voice's name says; the second is `f` or `m`."""

_MODULE = "ovos_voice_agent.engines.tts.kokoro_worker"
_GENDERS: Mapping[str, Literal["female", "male"]] = {"f": "female", "m": "male"}


def create(options: Mapping[str, Any]) -> WorkerTts:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key, and files that are missing.

    `model` is the .onnx file, `voices` the file with all voices that belongs to it.
    """
    reader = OptionReader(options)
    common = Common.read(reader)
    model, voices = (Path(reader.text(key)).expanduser() for key in ("model", "voices"))
    if not model.is_file():
        reader.problems.append("model must be the .onnx file of Kokoro")
    names = voice_names(voices)
    if not names:
        reader.problems.append("voices must be the file of Kokoro's voices (voices-v1.0.bin)")
    reader.finish()
    info = EngineInfo(
        kind="tts", name="kokoro", quality="Kokoro: natural voices; needs about a second a sentence on a small machine"
    )
    body = {"model": str(model), "voices": str(voices), "threads": common.threads, "rate_hz": RATE_HZ}
    known = [Voice(name, LANGUAGES.get(name[:1]), _GENDERS.get(name[1:2])) for name in names]
    return WorkerTts(info, WorkerSpec("the voice", _MODULE, body, 120.0), known, RATE_HZ, common)


def voice_names(path: Path) -> list[str]:
    """The names in a file of voices, American ones first; none when it is no such file."""
    try:
        with np.load(path) as file:
            return sorted(file.files)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return []
