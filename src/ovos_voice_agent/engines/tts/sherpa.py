"""Voices of sherpa-onnx: VITS (piper's and those with a lexicon), Matcha, Kokoro and Kitten, each in a folder.

The model lives in a worker process: a wrong file crashes the process that loads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.extras import find_file, need
from ovos_voice_agent.engines.interface import EngineInfo, Voice
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.voices import Common, WorkerTts
from ovos_voice_agent.engines.workers import WorkerSpec

need("sherpa_onnx")

_MODULE = "ovos_voice_agent.engines.tts.sherpa_worker"
USUAL_RATE_HZ = 22_050
"""Until the model was loaded and told its own."""
SPEAKERS_LIMIT = 1024

FILES: Mapping[str, Mapping[str, str]] = {
    "vits": {"model": "*.onnx", "tokens": "tokens.txt"},
    "matcha": {"acoustic_model": "*model*.onnx", "vocoder": "*voc*.onnx", "tokens": "tokens.txt"},
    "kokoro": {"model": "*.onnx", "voices": "voices*.bin", "tokens": "tokens.txt"},
    "kitten": {"model": "*.onnx", "voices": "voices*.bin", "tokens": "tokens.txt"},
}
"""The kinds of models, and the files that each consists of."""
FURTHER = {"lexicon": "lexicon*.txt"}
"""What some models have besides: how words are pronounced."""


@dataclass(frozen=True, slots=True)
class Options:
    """`files` are the model's, by the role they play. `speakers` is how many voices it has."""

    kind: str
    files: Mapping[str, str]
    name: str
    language: str
    speakers: int

    @classmethod
    def read(cls, reader: OptionReader) -> Options:
        """What is wrong is noted with the reader."""
        kind, model = reader.text("type", "vits"), reader.text("model")
        return cls(
            kind=kind,
            files=_files(reader, kind, model, small=reader.flag("int8", default=False)),
            name=Path(model).name,
            language=reader.text("language"),
            speakers=reader.maybe_integer("speakers", 1, SPEAKERS_LIMIT) or 1,
        )


def create(options: Mapping[str, Any]) -> WorkerTts:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key, and files that are missing."""
    reader = OptionReader(options)
    common = Common.read(reader)
    read = Options.read(reader)
    reader.finish()
    info = EngineInfo(
        kind="tts",
        name="sherpa-onnx",
        quality=f"sherpa-onnx with the voice {read.name}: as good and as quick as that model is",
    )
    body = {"kind": read.kind, "files": dict(read.files), "threads": common.threads, "language": read.language}
    spec = WorkerSpec("the voice", _MODULE, body, 120.0)
    return WorkerTts(info, spec, list(_voices(read)), USUAL_RATE_HZ, common)


def _voices(read: Options) -> list[Voice]:
    """The folder's name is the voice; of several speakers each has its number behind a `#`."""
    language = read.language or None
    first = Voice(read.name, language)
    return [first, *(Voice(f"{read.name}#{number}", language) for number in range(read.speakers) if read.speakers > 1)]


def _files(reader: OptionReader, kind: str, model: str, *, small: bool) -> dict[str, str]:
    """Role -> path; what is missing is noted with the reader, before a library tries it."""
    if kind not in FILES:
        reader.problems.append("type must be one of " + ", ".join(sorted(FILES)))
        return {}
    folder = Path(model).expanduser()
    if not model or not folder.is_dir():
        reader.problems.append("model must be the folder of a voice of sherpa-onnx")
        return {}
    found = {role: find_file(folder, pattern, small=small) for role, pattern in FILES[kind].items()}
    for role in [role for role, path in found.items() if path is None]:
        reader.problems.append(f"model: the folder has no file {FILES[kind][role]}, which type {kind} needs")
    found |= {role: find_file(folder, pattern) for role, pattern in FURTHER.items()}
    data = folder / "espeak-ng-data"
    return {role: str(path) for role, path in found.items() if path} | (
        {"data_dir": str(data)} if data.is_dir() else {}
    )
