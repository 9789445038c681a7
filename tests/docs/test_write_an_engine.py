"""The page that leads to a first engine is followed to the letter."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.engines.registry import GROUP_PREFIX, Registry, installed

PAGE = Path(__file__).parents[2] / "docs" / "write-an-engine.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The page's files, importable; its pyproject.toml."""
    engine, test = blocks("python")
    (tmp_path / "morse.py").write_text(engine, encoding="utf-8")
    (tmp_path / "morse_test.py").write_text(test, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "morse", raising=False)
    monkeypatch.delitem(sys.modules, "morse_test", raising=False)
    return tomllib.loads(blocks("toml")[0])


def test_the_engine_of_the_page_is_found_by_its_entry_point_and_keeps_the_contract(package: dict[str, Any]) -> None:
    [(group, [(name, value)])] = [
        (group, list(names.items())) for group, names in package["project"]["entry-points"].items()
    ]
    assert group == GROUP_PREFIX + "tts"
    registry = Registry([EntryPoint(name, value, group)])
    chosen = tomllib.loads(blocks("toml")[1])["engines"]["tts"]
    engine = registry.create("tts", chosen.pop("name"), chosen)
    assert engine.info.name == name
    import morse_test  # type: ignore[import-not-found]

    morse_test.test_contract()


@pytest.mark.real
def test_the_package_of_the_page_installs_and_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `pip install .` does it, but into a folder, and without fetching what it builds with."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    texts = {"morse.py": blocks("python")[0], "test_morse.py": blocks("python")[1], "pyproject.toml": blocks("toml")[0]}
    for name, text in texts.items():
        assert f"`{name}`:" in PAGE.read_text(encoding="utf-8")
        (source / name).write_text(text, encoding="utf-8")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*install, "--no-build-isolation", "--target", target, source], check=True, timeout=120)
    assert {path.name for path in target.glob("*.py")} == {"morse.py"}
    monkeypatch.syspath_prepend(target)
    monkeypatch.delitem(sys.modules, "morse", raising=False)
    assert installed().create("tts", "morse", {"pitch_hz": 700}).info.name == "morse"


def test_the_page_is_a_page() -> None:
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) < 140
