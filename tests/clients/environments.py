"""Environments of real clients, one each, for their pins clash: made once, from lock files, below `.cache/clients`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "clients"
LIMIT_S = 600


def python_environment(name: str) -> Path:
    """The interpreter of an environment with what `locks/NAME.txt` pins."""
    lock = HERE / "locks" / f"{name}.txt"
    folder = CACHE / f"{name}-{_digest(lock)}"
    if not _is_made(folder):
        _run(sys.executable, "-m", "venv", "--clear", folder)
        _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
        _note_made(folder)
    return folder / "bin" / "python"


def node_environment(name: str) -> Path:
    """A folder whose `node_modules` holds what `locks/NAME/package-lock.json` pins."""
    lock = HERE / "locks" / name / "package-lock.json"
    folder = CACHE / f"{name}-{_digest(lock)}"
    if not _is_made(folder):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(lock.parent, folder)
        _run("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
        _note_made(folder)
    return folder


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()[:12]


def _is_made(folder: Path) -> bool:
    return (folder / ".made").exists()


def _note_made(folder: Path) -> None:
    (folder / ".made").touch()


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
