"""sherpa-onnx: streaming recognisers (zipformer, Nemotron, Paraformer and others) on a processor, in many languages.

The model lives in a worker process: a wrong file crashes the process that loads it, and there all sessions share the
model, in batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.extras import find_file, need
from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.recognisers import WorkerStt
from ovos_voice_agent.engines.workers import WorkerSpec

need("sherpa_onnx")

_MODULE = "ovos_voice_agent.engines.stt.sherpa_worker"

FILES: Mapping[str, Mapping[str, str]] = {
    "transducer": {"encoder": "*encoder*.onnx", "decoder": "*decoder*.onnx", "joiner": "*joiner*.onnx"},
    "paraformer": {"encoder": "*encoder*.onnx", "decoder": "*decoder*.onnx"},
    "zipformer2_ctc": {"model": "*.onnx"},
    "nemo_ctc": {"model": "*.onnx"},
    "wenet_ctc": {"model": "*.onnx"},
    "t_one_ctc": {"model": "*.onnx"},
}
"""The kinds of streaming models, and the files that each consists of beside `tokens.txt`."""


@dataclass(frozen=True, slots=True)
class Options:
    """`files` are the model's, by the role they play; `language` is the model's, or empty."""

    kind: str
    files: Mapping[str, str]
    name: str
    threads: int = 1
    workers: int = 1
    timeout_s: float = 30.0
    language: str = ""

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key, and every file that is missing."""
        reader = OptionReader(options)
        kind = reader.text("type", "transducer")
        model = reader.text("model")
        read = cls(
            kind=kind,
            files=_files(reader, model, kind, small=reader.flag("int8", default=True)),
            name=Path(model).name,
            threads=reader.maybe_integer("threads", 1, 64) or 1,
            workers=reader.maybe_integer("workers", 1, 32) or 1,
            timeout_s=reader.number("timeout_s", 30.0, 0.1, 600.0),
            language=reader.text("language"),
        )
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> WorkerStt:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    read = Options.read(options)
    info = EngineInfo(
        kind="stt",
        name="sherpa-onnx",
        quality=f"sherpa-onnx with the model {read.name}: as good as that model is; words appear as they are said",
        languages=(read.language,) if read.language else (),
        word_times=True,
        confidence=True,
        models=(read.name,),
    )
    body = {"kind": read.kind, "files": dict(read.files), "threads": read.threads, "language": read.language or None}
    spec = WorkerSpec("the recogniser", _MODULE, body, start_timeout_s=120.0)
    return WorkerStt(info, spec, workers=read.workers, timeout_s=read.timeout_s)


def _files(reader: OptionReader, model: str, kind: str, *, small: bool) -> dict[str, str]:
    """Role -> path; what is missing is noted with the reader, before a library tries it."""
    if kind not in FILES:
        reader.problems.append("type must be one of " + ", ".join(sorted(FILES)))
        return {}
    if not model:
        reader.problems.append("model must be the folder of a streaming model of sherpa-onnx")
        return {}
    folder = Path(model).expanduser()
    wanted = {"tokens": "*tokens.txt", **FILES[kind]}
    found = {role: find_file(folder, pattern, small=small) for role, pattern in wanted.items()}
    for role in [role for role, path in found.items() if path is None]:
        reader.problems.append(f"model: the folder has no file {wanted[role]}, which type {kind} needs")
    return {role: str(path) for role, path in found.items() if path}
