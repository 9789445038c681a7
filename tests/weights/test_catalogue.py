"""The catalogue: each entry can be fetched, judged and used."""

from __future__ import annotations

import re

import pytest

from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.weights.catalogue import Model, find, recommended
from ovos_voice_agent.weights.store import Store


@pytest.mark.parametrize("model", recommended(), ids=lambda model: model.id)
def test_an_entry_is_complete(model: Model) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", model.id)
    assert model.base.startswith("https://")
    assert model.base.endswith("/")
    assert model.licence
    for file in model.files:
        algorithm, digest = file.digest
        assert re.fullmatch(r"[0-9a-f]{64}" if algorithm == "sha256" else r"[0-9a-f]{32}", digest)
        assert file.size > 0
        assert "/" not in file.name
        assert model.url(file).isascii()
        assert " " not in model.url(file)


def test_ids_are_unique_and_found() -> None:
    ids = [model.id for model in recommended()]
    assert len(set(ids)) == len(ids)
    assert find(ids[3]) is recommended()[3]
    assert find("nobody") is None


@pytest.mark.parametrize("kind", ["stt", "tts"])
def test_every_entry_names_an_engine_that_is_announced(kind: str) -> None:
    known = installed().names(kind)  # type: ignore[arg-type]
    assert {model.engine for model in recommended() if model.kind == kind} <= set(known)


def test_a_path_with_commas_is_quoted() -> None:
    model = find("zipformer-de")
    assert model is not None
    assert model.url(model.files[0]).endswith(
        "encoder-epoch-30-avg-5-chunk-16%2C32%2C64%2C-1-left-64%2C128%2C256%2C-1.int8.onnx"
    )


@pytest.mark.parametrize(("language", "knows"), [("de", True), ("de-AT", True), ("de_CH", True), ("en", False)])
def test_languages_of_any_length(language: str, knows: bool) -> None:
    model = find("zipformer-de")
    assert model is not None
    assert model.speaks(language) is knows


def test_no_languages_are_many() -> None:
    whisper = find("whisper-base")
    assert whisper is not None
    assert whisper.speaks("sw")
    assert whisper.size == 147_882_941


def test_the_options_name_files_of_the_model(tmp_path) -> None:  # type: ignore[no-untyped-def]
    store = Store(tmp_path)
    for model in recommended():
        names = {file.name for file in model.files}
        for value in model.options.values():
            assert value in ("{folder}", "en", "de", "ru") or value.removeprefix("{folder}/") in names
        assert str(tmp_path) in store.options(model)["model"]
