"""The page's modules by the type checker. It comes through npm; where there is no npm, this says so and is skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "page-checks"


def compiler() -> Path:
    """Installed once, by the lock file beside this one."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here: the types of the page's modules were not checked (Debian: apt install npm)")
    found = CACHE / "node_modules" / ".bin" / "tsc"
    kept = CACHE / "package-lock.json"
    if not found.exists() or kept.read_bytes() != (HERE / "package-lock.json").read_bytes():
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, CACHE / name)
        installed = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"], cwd=CACHE, capture_output=True, text=True, check=False
        )
        assert installed.returncode == 0, installed.stderr
    return found


def test_every_module_has_the_types_it_says() -> None:
    checked = subprocess.run([compiler(), "-p", HERE], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
