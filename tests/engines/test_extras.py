from __future__ import annotations

import sys
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from ovos_voice_agent.engines.extras import find_file, need
from ovos_voice_agent.engines.registry import GROUP_PREFIX, Registry
from ovos_voice_agent.errors import ConfigError


def test_what_is_there_is_not_loaded() -> None:
    sys.modules.pop("wave", None)
    need("wave")
    assert "wave" not in sys.modules


def test_an_absent_extra_is_one_sentence_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_media.py").write_text(
        'from ovos_voice_agent.engines.extras import need\nneed("not_installed_at_all")\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    told = tmp_path / "ears-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: ears\nVersion: 1.0\nProvides-Extra: media\n")
    point = EntryPoint("media", "needs_media:create", GROUP_PREFIX + "stt")
    vars(point).update(dist=Distribution.at(told))
    with pytest.raises(ConfigError) as caught:
        Registry([point]).create("stt", "media", {})
    [problem] = caught.value.problems
    assert problem == (
        "engines.stt.name: the engine 'media' needs not_installed_at_all, which is not installed: "
        "pip install 'ears[media]'"
    )


def test_of_several_files_the_small_one_is_taken(tmp_path: Path) -> None:
    for name in ("encoder.int8.onnx", "encoder.onnx", "decoder.onnx"):
        (tmp_path / name).touch()
    assert find_file(tmp_path, "encoder*.onnx") == tmp_path / "encoder.int8.onnx"
    assert find_file(tmp_path, "encoder*.onnx", small=False) == tmp_path / "encoder.onnx"
    assert find_file(tmp_path, "decoder*.onnx") == tmp_path / "decoder.onnx"
    assert find_file(tmp_path, "joiner*.onnx") is None
