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
UNITS = ("bpe", "cjkchar", "cjkchar+bpe")
"""What a model's tokens are, as far as the library can spell key terms with them."""


@dataclass(frozen=True, slots=True)
class Options:
    """`files` are the model's, by the role they play; `language` is the model's, or empty; so is `unit`: then there are
    no key terms."""

    kind: str
    files: Mapping[str, str]
    name: str
    threads: int = 1
    workers: int = 1
    timeout_s: float = 30.0
    language: str = ""
    unit: str = ""
    key_term_score: float = 1.5

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key, and every file that is missing."""
        reader = OptionReader(options)
        kind = reader.text("type", "transducer")
        model = reader.text("model")
        unit = _unit(reader, kind)
        read = cls(
            kind=kind,
            files=_files(reader, model, kind, unit, small=reader.flag("int8", default=True)),
            name=Path(model).name,
            threads=reader.maybe_integer("threads", 1, 64) or 1,
            workers=reader.maybe_integer("workers", 1, 32) or 1,
            timeout_s=reader.number("timeout_s", 30.0, 0.1, 600.0),
            language=reader.text("language"),
            unit=unit,
            key_term_score=reader.number("key_term_score", 1.5, 0.0, 10.0),
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
        key_terms=bool(read.unit),
        models=(read.name,),
    )
    body = {
        "kind": read.kind,
        "files": dict(read.files),
        "threads": read.threads,
        "language": read.language or None,
        "unit": read.unit,
        "key_term_score": read.key_term_score,
    }
    spec = WorkerSpec("the recogniser", _MODULE, body, start_timeout_s=120.0)
    return WorkerStt(info, spec, workers=read.workers, timeout_s=read.timeout_s)


def _unit(reader: OptionReader, kind: str) -> str:
    """Key terms need a transducer, and to know what its tokens are."""
    unit = reader.text("modeling_unit")
    if unit and unit not in UNITS:
        reader.problems.append("modeling_unit must be one of " + ", ".join(UNITS))
    if unit and kind != "transducer":
        reader.problems.append("modeling_unit: only models of type transducer take key terms")
    return unit


def _files(reader: OptionReader, model: str, kind: str, unit: str, *, small: bool) -> dict[str, str]:
    """Role -> path; what is missing is noted with the reader, before a library tries it."""
    if kind not in FILES:
        reader.problems.append("type must be one of " + ", ".join(sorted(FILES)))
        return {}
    if not model:
        reader.problems.append("model must be the folder of a streaming model of sherpa-onnx")
        return {}
    folder = Path(model).expanduser()
    wanted = {"tokens": "*tokens.txt", **FILES[kind], **({"bpe_vocab": "*bpe.vocab"} if "bpe" in unit else {})}
    found = {role: find_file(folder, pattern, small=small) for role, pattern in wanted.items()}
    for role in [role for role, path in found.items() if path is None]:
        who = f"modeling_unit {unit}" if role == "bpe_vocab" else f"type {kind}"
        reader.problems.append(f"model: the folder has no file {wanted[role]}, which {who} needs")
    return {role: str(path) for role, path in found.items() if path}
