"""Whisper through faster-whisper: a hundred languages, in a worker process; at its best on a GPU.

Whisper knows whole recordings only, and each look at one costs the same however short it is. So on a processor it
answers at the end of an utterance; on a GPU it looks again and again while the person speaks (`agreement.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.recognisers import WorkerStt
from ovos_voice_agent.engines.workers import WorkerSpec

need("faster_whisper")

_MODULE = "ovos_voice_agent.engines.stt.faster_whisper_worker"
NEEDED_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without its tokenizer a model in a folder would ask the hub for one."""


@dataclass(frozen=True, slots=True)
class Options:
    """`model`: a folder, or a name that the hub knows; `download`: fetch it when it is not here yet. `partials`: None
    for 'on a GPU only'. `compute_type`: empty for int8 on a processor and float16 on a GPU."""

    model: str
    download: bool = False
    device: str = "auto"
    compute_type: str = ""
    threads: int = 0
    beam_size: int = 1
    language: str = ""
    prompt: str = ""
    partials: bool | None = None
    workers: int = 1
    timeout_s: float = 60.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key, and files that are missing."""
        reader = OptionReader(options)
        read = cls(
            model=reader.text("model", "base"),
            download=reader.flag("download", default=False),
            device=reader.text("device", "auto"),
            compute_type=reader.text("compute_type"),
            threads=reader.maybe_integer("threads", 1, 64) or 0,
            beam_size=reader.maybe_integer("beam_size", 1, 10) or 1,
            language=reader.text("language"),
            prompt=reader.text("prompt"),
            partials=reader.maybe_flag("partials"),
            workers=reader.maybe_integer("workers", 1, 8) or 1,
            timeout_s=reader.number("timeout_s", 60.0, 0.1, 600.0),
        )
        if read.device not in ("auto", "cpu", "cuda"):
            reader.problems.append("device must be auto, cpu or cuda")
        if is_folder(read.model):
            missing = [name for name in NEEDED_FILES if not (Path(read.model).expanduser() / name).is_file()]
            reader.problems += [f"model: the folder has no file {name}" for name in missing]
        reader.finish()
        return read


def is_folder(model: str) -> bool:
    """Names of models on the hub (`small`, `owner/model`) neither begin with a dot, a tilde or a slash nor are here."""
    return model.startswith((".", "~", "/")) or Path(model).is_dir()


def create(options: Mapping[str, Any]) -> WorkerStt:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    read = Options.read(options)
    name = Path(read.model).name
    info = EngineInfo(
        kind="stt",
        name="faster-whisper",
        quality=f"Whisper {name}: few errors in many languages; words appear at the end of an utterance, "
        "on a GPU while it is spoken",
        streaming=False,
        word_times=True,
        confidence=True,
        prompts=True,
        key_terms=True,
        models=(name,),
    )
    body = {
        "model": str(Path(read.model).expanduser()) if is_folder(read.model) else read.model,
        "local": is_folder(read.model) or not read.download,
        "device": read.device,
        "compute_type": read.compute_type,
        "threads": read.threads,
        "beam_size": read.beam_size,
        "prompt": read.prompt,
        "partials": read.partials,
    }
    spec = WorkerSpec("the recogniser", _MODULE, body, start_timeout_s=600.0 if read.download else 60.0)
    return WorkerStt(info, spec, workers=read.workers, timeout_s=read.timeout_s, language=read.language)
