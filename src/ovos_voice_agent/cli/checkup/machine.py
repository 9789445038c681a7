"""Checks of this machine: Python, packages, processor and memory, GPU, sound, files that may be open."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from ovos_voice_agent.cli.checkup.findings import Finding, good, hint, problem

OLDEST, NEWEST = (3, 11), (3, 13)
FILES_WANTED = 4096
"""A session has one socket; a thousand of them and what the engines open fit into it."""

_PACKAGE = "ovos-voice-agent"
_MODULES = {"pyjwt": "jwt", "python-multipart": "python_multipart", "prometheus-client": "prometheus_client"}
"""Packages whose modules have other names."""
_JUDGED_ELSEWHERE = {"sounddevice", "uvloop"}
"""The one may fail for want of a sound card's library, the other is an extra on some systems."""
_EXTRAS = {
    "uvloop": ("speed", "the event loop is the slower one of Python"),
    "av": ("media", "MP4, M4A, WebM and AAC can neither be read nor written"),
    "cryptography": ("tls", "serve --tls-self-signed cannot make a certificate"),
}


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Iterator[Finding]:
    found = ".".join(map(str, version))
    if OLDEST <= version <= NEWEST:
        yield good("Python", f"{found}, {sys.platform}")
        return
    mend = "make serve takes a fitting Python by itself; or: uv venv --python 3.13"
    yield problem("Python", f"{found} is not supported: 3.11 to 3.13 are", mend)


def check_packages() -> Iterator[Finding]:
    """Whether all that the default install needs is here and can be imported, and which extras are missing."""
    broken = [finding for name in _needed() for finding in _check_package(name)]
    yield from broken
    if not broken:
        yield good("packages", "all that the server needs can be loaded")
    for module, (extra, words) in _EXTRAS.items():
        try:
            importlib.import_module(module)
        except ImportError:
            yield hint("packages", words, f"pip install '{_PACKAGE}[{extra}]'")


def _needed() -> list[str]:
    """Names of the packages of the default install on this machine."""
    wanted = metadata.requires(_PACKAGE) or []
    names = [re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0] for line in wanted if "extra ==" not in line]
    return sorted({name for name in names if name} - _JUDGED_ELSEWHERE)


def _check_package(name: str) -> Iterator[Finding]:
    try:
        metadata.version(name)
        importlib.import_module(_MODULES.get(name.lower(), name.replace("-", "_").lower()))
    except metadata.PackageNotFoundError:
        yield problem("packages", f"{name} is not installed", f"pip install {name}")
    except Exception as error:  # noqa: BLE001 - whatever its import raises is the finding
        words = f"{name} cannot be loaded: {type(error).__name__}: {error}"
        yield problem("packages", words, f"pip install --force-reinstall --no-cache-dir {name}")


def check_size() -> Iterator[Finding]:
    """Cores and open files."""
    yield good("processor", f"{os.cpu_count()} cores")
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES_WANTED and (hard < 0 or hard > soft):
        words = f"this shell lets a program open {soft} files and sockets: so many sessions at most"
        yield hint("open files", words, f"ulimit -n {FILES_WANTED if hard < 0 else min(FILES_WANTED, hard)}")


def check_gpu() -> Iterator[Finding]:
    """A GPU that is there, and whether the engine that could use it sees it."""
    command = shutil.which("nvidia-smi")
    if command is None:
        yield good("GPU", "none: models for a processor are recommended")
        return
    name = subprocess.run(  # noqa: S603 - a fixed command
        [command, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=10, check=False
    ).stdout.strip()
    if not name:
        yield hint("GPU", "nvidia-smi is installed and finds no GPU", "nvidia-smi")
        return
    yield good("GPU", name.replace("\n", ", "))
    yield from _gpu_of_whisper()


def _gpu_of_whisper() -> Iterator[Finding]:
    try:
        import ctranslate2
    except ImportError:
        yield hint("GPU", "no recogniser that uses it is installed", f"pip install '{_PACKAGE}[faster-whisper]'")
        return
    if not ctranslate2.get_cuda_device_count():
        words = "faster-whisper does not see it: CUDA's libraries are missing"
        yield hint("GPU", words, "pip install nvidia-cublas-cu12 nvidia-cudnn-cu12")


def check_sound() -> Iterator[Finding]:
    """Microphone and speaker, which only `talk` uses."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        missing = "libportaudio2" if isinstance(error, OSError) else "the package sounddevice"
        mend = "apt install libportaudio2" if isinstance(error, OSError) else "pip install sounddevice"
        yield hint("sound", f"{missing} is missing: talk has neither microphone nor speaker here", mend)
        return
    for kind, what in (("input", "microphone"), ("output", "speaker")):
        try:
            device = sounddevice.query_devices(kind=kind)
        except (sounddevice.PortAudioError, ValueError):
            words = f"there is no {what}: talk needs one, the server does not"
            yield hint("sound", words, "plug one in, or: ovos-voice-agent talk --wav question.wav --out answer.wav")
        else:
            yield good("sound", f"{what}: {device['name']}")
