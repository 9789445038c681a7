"""Moonshine: English, and some other languages, recognised while they are said, on a processor, with few errors.

The models are Moonshine's streaming ones as its package moonshine-voice reads them. They live in a worker process.
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

need("moonshine_voice")

_MODULE = "ovos_voice_agent.engines.stt.moonshine_worker"

FILES = (
    "adapter.ort",
    "cross_kv.ort",
    "decoder_kv.ort",
    "encoder.ort",
    "streaming_config.json",
    "tokenizer.bin",
)
"""What every streaming model has, beside its front end, which comes in one file or in two."""
FRONTENDS = (("frontend.ort",), ("frontend.model.ort", "frontend.weights.ort"))
WORD_TIMES_FILE = "decoder_kv_with_attention.ort"


@dataclass(frozen=True, slots=True)
class Options:
    """`update_interval_s`: of so much new speech there is a new hypothesis, less often where the machine is slow."""

    folder: Path
    language: str = "en"
    update_interval_s: float = 0.5
    key_term_boost: float = 2.0
    word_times: bool = False
    one_core: bool = True
    workers: int = 1
    timeout_s: float = 30.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key, and every file that is missing."""
        reader = OptionReader(options)
        word_times = reader.flag("word_times", default=False)
        read = cls(
            folder=_folder(reader, reader.text("model"), word_times=word_times),
            language=reader.text("language", "en"),
            update_interval_s=reader.number("update_interval_s", 0.5, 0.1, 10.0),
            key_term_boost=reader.number("key_term_boost", 2.0, 0.0, 10.0),
            word_times=word_times,
            one_core=reader.flag("one_core", default=True),
            workers=reader.maybe_integer("workers", 1, 32) or 1,
            timeout_s=reader.number("timeout_s", 30.0, 0.1, 600.0),
        )
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> WorkerStt:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    read = Options.read(options)
    name = read.folder.name
    info = EngineInfo(
        kind="stt",
        name="moonshine",
        quality=f"Moonshine with the model {name}: as good as that model is; words appear as they are said",
        languages=(read.language,) if read.language else (),
        word_times=read.word_times,
        key_terms=True,
        models=(name,),
    )
    body = {
        "folder": str(read.folder),
        "language": read.language or None,
        "update_interval_s": read.update_interval_s,
        "key_term_boost": read.key_term_boost,
        "word_times": read.word_times,
        "one_core": read.one_core,
    }
    spec = WorkerSpec("the recogniser", _MODULE, body, start_timeout_s=120.0)
    return WorkerStt(info, spec, workers=read.workers, timeout_s=read.timeout_s)


def _folder(reader: OptionReader, model: str, *, word_times: bool) -> Path:
    """The model's folder; what is missing in it is noted with the reader: the library says only that it failed."""
    folder = Path(model).expanduser()
    if not model:
        reader.problems.append("model must be the folder of a streaming model of Moonshine")
        return folder
    front = next((files for files in FRONTENDS if all((folder / file).is_file() for file in files)), None)
    wanted = [*FILES, *(front or FRONTENDS[-1]), *([WORD_TIMES_FILE] if word_times else [])]
    missing = [file for file in wanted if not (folder / file).is_file()]
    if missing:
        reader.problems.append(f"model: the folder has no {', '.join(missing)}")
    return folder
