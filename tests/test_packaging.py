"""What people install: the wheel holds everything, stays small, and works in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "ovos_voice_agent"

BARE_LIMIT_MB = 200
EMPTY_MB = "empty_mb"
"""A file that notes what an environment took before anything was installed: pip itself is not ours."""
SERVE_LIMIT_MB = 500


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def size_mb(folder: Path) -> float:
    """What the files take, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*")) / 1_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `bin` of a fresh environment with nothing but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    run(sys.executable, "-m", "venv", folder)
    empty_mb = size_mb(folder)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", wheel)
    (folder / EMPTY_MB).write_text(str(empty_mb), encoding="utf-8")
    return folder / "bin"


@pytest.mark.real
def test_the_wheel_holds_every_file_of_the_package_and_the_notices(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    source = {
        path.relative_to(SOURCE.parent).as_posix()
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert source - names == set()
    assert {Path(name).name for name in names} >= {
        "silero_vad_16k.npz",
        "LICENSE.silero",
        "LICENSE",
        "NOTICE",
        "py.typed",
    }
    assert not [name for name in names if name.startswith("tests/")]


@pytest.mark.slow
def test_a_bare_install_is_small_and_has_no_heavy_engine(bare: Path) -> None:
    empty_mb = float((bare.parent / EMPTY_MB).read_text(encoding="utf-8"))
    assert size_mb(bare.parent) - empty_mb < BARE_LIMIT_MB
    installed = run(bare / "python", "-m", "pip", "list", "--format", "freeze").lower()
    assert not {line.split("==")[0] for line in installed.splitlines()} & {"torch", "onnxruntime", "tensorflow"}


@pytest.mark.slow
def test_a_bare_install_says_what_a_certificate_of_its_own_takes(bare: Path) -> None:
    command = [bare / "ovos-voice-agent", "serve", "--port", "0", "--tls-self-signed"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "pip install 'ovos-voice-agent[tls]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_what_make_serve_installs_stays_under_its_limit(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", venv)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet"]
    run(*pip, "--no-deps", "--require-hashes", "--requirement", "requirements/serve.txt")  # as `scripts/install` does
    assert size_mb(venv) < SERVE_LIMIT_MB


@pytest.mark.slow
def test_an_empty_environment_serves(bare: Path, tmp_path: Path) -> None:
    assert "silero" in run(bare / "ovos-voice-agent", "engines", cwd=tmp_path)
    with serving(bare, tmp_path) as url:
        with urlopen(f"{url}/health") as answer:
            assert answer.status == 200
        said = run(bare / "ovos-voice-agent", "talk", "--url", f"{url}/v1", "--text", "hello", cwd=tmp_path)
        assert "agent:" in said


@contextmanager
def serving(bin_folder: Path, folder: Path) -> Iterator[str]:
    """A server of that environment on a free port, once it is ready; it ends by SIGTERM, with exit code 0."""
    command = [bin_folder / "ovos-voice-agent", "serve", "--port", "0"]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    try:
        printed = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Ready.") and "http://127.0.0.1:" in line:
                port = line.split("http://127.0.0.1:")[1].split("/")[0]
                break
        else:
            pytest.fail("".join(printed))
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        rest, _ = process.communicate(timeout=30)
        assert process.returncode == 0, "".join(printed) + rest
        assert "Traceback" not in rest
    finally:
        process.kill()
        process.communicate()
