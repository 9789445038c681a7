"""The models that the project recommends: what each is for, where it comes from, and what its files must be.

The data is `catalogue.toml`. A model's id is what `models pull` takes, and what `model` of an engine may name.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal
from urllib.parse import quote

import msgspec


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a model. `size` is in bytes; one of the digests is given; `path` is its place at the origin."""

    name: str
    size: int
    sha256: str = ""
    md5: str = ""
    path: str = ""

    @property
    def digest(self) -> tuple[Literal["sha256", "md5"], str]:
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5)


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`languages` are BCP 47 codes, none means 'many'; `options` are the engine's, with `{folder}` in them."""

    id: str
    kind: Literal["stt", "tts", "turn"]
    engine: str
    title: str
    languages: tuple[str, ...]
    licence: str
    origin: str
    base: str
    machine: Literal["any", "4 cores", "gpu"]
    memory_mb: int
    rank: int
    options: dict[str, str]
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(file.size for file in self.files)

    def url(self, file: File) -> str:
        return self.base + quote(file.path or file.name)

    def speaks(self, language: str) -> bool:
        """Whether it knows a language, given as a BCP 47 code of any length."""
        return not self.languages or _main(language) in {_main(known) for known in self.languages}


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[Model, ...]


@cache
def recommended() -> tuple[Model, ...]:
    """All models of the catalogue, in its order."""
    text = files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=_Catalogue).models


def find(model_id: str) -> Model | None:
    return next((model for model in recommended() if model.id == model_id), None)


def _main(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
