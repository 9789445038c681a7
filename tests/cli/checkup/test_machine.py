"""Checks of the machine, on one that lacks something."""

from __future__ import annotations

import importlib
import os
import resource
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ovos_voice_agent.cli.checkup import machine


@pytest.mark.parametrize(
    ("version", "level"), [((3, 10), "problem"), ((3, 11), "good"), ((3, 13), "good"), ((3, 14), "problem")]
)
def test_python(version: tuple[int, int], level: str) -> None:
    (found,) = machine.check_python(version)
    assert found.level == level
    assert bool(found.mend) == (level == "problem")


def test_the_packages_of_this_environment_can_be_loaded() -> None:
    assert [finding.level for finding in machine.check_packages() if finding.level != "hint"] == ["good"]


def test_a_package_that_is_missing_or_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["no-such-package>=1", "numpy>=2", "uvloop ; extra == 'speed'"]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)
    real = importlib.import_module

    def import_module(name: str) -> ModuleType:
        if name == "numpy":
            raise ImportError("its library was built for another machine")
        return real(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    missing, broken = [finding for finding in machine.check_packages() if finding.level == "problem"]
    assert (missing.words, missing.mend) == ("no-such-package is not installed", "pip install no-such-package")
    assert missing.about == broken.about == "packages"
    assert "numpy cannot be loaded: ImportError" in missing.words + broken.words
    assert broken.mend == "pip install --force-reinstall --no-cache-dir numpy"


def test_an_extra_that_is_missing_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    (found,) = [finding for finding in machine.check_packages() if "M4A" in finding.words]
    assert (found.level, found.mend) == ("hint", "pip install 'ovos-voice-agent[media]'")


@pytest.mark.parametrize(
    ("limits", "mend"), [((1024, -1), "ulimit -n 4096"), ((256, 1024), "ulimit -n 1024"), ((65536, -1), None)]
)
def test_few_open_files(limits: tuple[int, int], mend: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    hints = [finding.mend for finding in machine.check_size() if finding.level == "hint"]
    assert hints == ([mend] if mend else [])


def tool(folder: Path, output: str) -> None:
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\necho '{output}'\n" if output else "#!/bin/sh\nexit 9\n")
    command.chmod(0o755)


def test_a_gpu_that_no_engine_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "NVIDIA Test 1")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    seen, unused = machine.check_gpu()
    assert seen.words == "NVIDIA Test 1"
    assert unused.mend == "pip install 'ovos-voice-agent[faster-whisper]'"
    monkeypatch.setitem(sys.modules, "ctranslate2", SimpleNamespace(get_cuda_device_count=lambda: 0))  # type: ignore[arg-type]
    assert "CUDA's libraries are missing" in list(machine.check_gpu())[1].words
    monkeypatch.setitem(sys.modules, "ctranslate2", SimpleNamespace(get_cuda_device_count=lambda: 1))  # type: ignore[arg-type]
    assert len(list(machine.check_gpu())) == 1


def test_a_driver_without_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (found,) = machine.check_gpu()
    assert (found.level, found.mend) == ("hint", "nvidia-smi")


def test_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = machine.check_gpu()
    assert found.level == "good"


class _PortAudioError(Exception):
    """As the library's own."""


def sound(devices: dict[str, str]) -> Any:
    def query_devices(kind: str) -> dict[str, str]:
        if kind not in devices:
            raise _PortAudioError("no default device")
        return {"name": devices[kind]}

    return SimpleNamespace(PortAudioError=_PortAudioError, query_devices=query_devices)


def test_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    (missing,) = machine.check_sound()
    assert (missing.level, missing.mend) == ("hint", "pip install sounddevice")
    monkeypatch.setitem(sys.modules, "sounddevice", sound({"output": "loud"}))
    microphone, speaker = machine.check_sound()
    assert microphone.words.startswith("there is no microphone")
    assert speaker.words == "speaker: loud"
