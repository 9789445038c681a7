"""The shape of the tree: layers, lengths, one test file per source file, and words that must not stand anywhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "ovos_voice_agent"
TESTS = ROOT / "tests"

FILE_LINES = 400
FUNCTION_LINES = 60

LONG: dict[str, str] = {}
"""File, or file:function, that may be longer, and why. The list only shrinks."""

UNPAIRED = {
    "__main__.py": "two lines; tests/cli/test_main.py runs it",
    "errors.py": "data only",
    "engines/interface.py": "Protocols and data only",
    "engines/frontend/interface.py": "Protocols and data only",
    "engines/turn/interface.py": "Protocols only",
}
"""Source files without a test file of their own, and why. Of packages, `__init__.py` needs none."""

BINARY = {".npz", ".wav", ".raw", ".png", ".ico", ".gz", ".woff2"}


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def committed_files() -> list[Path]:
    """What git tracks; in a tree without git, everything that is not made by tools."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    made = {".venv", ".cache", ".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "node_modules"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.parts)]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines (decorators not counted) of each function in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_files_and_functions_are_short() -> None:
    too_long = {}
    for path in python_files(SOURCE) + python_files(TESTS):
        name = path.relative_to(ROOT).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES:
            too_long[name] = lines
        too_long |= {f"{name}:{function}": length for function, length in functions(path) if length > FUNCTION_LINES}
    assert set(too_long) == set(LONG), f"longer than allowed, or no longer long: {too_long}"


@pytest.mark.parametrize("path", python_files(SOURCE), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), (
        "a module begins with a sentence of what it is"
    )


def test_every_source_file_has_its_test_file() -> None:
    names = {path.relative_to(SOURCE).as_posix() for path in python_files(SOURCE) if path.name != "__init__.py"}
    missing = {name for name in names if not (TESTS / name).with_name("test_" + Path(name).name).exists()}
    assert not missing - set(UNPAIRED), f"without a test file: {sorted(missing - set(UNPAIRED))}"
    assert not set(UNPAIRED) - missing, f"no longer an exception: {sorted(set(UNPAIRED) - missing)}"


def test_decisions_have_dates_and_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert names
    assert [name for name in names if not re.fullmatch(r"\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md", name)] == []


def test_nothing_of_a_workshop_stays_in_the_tree() -> None:
    """No path of a machine it was built on, no address of a package index, no word on who or what wrote it."""
    words = [
        "/" + "work/",
        "/" + "root/",
        "/tmp/" + "brief",
        "files.python" + "hosted",
        "pypi." + "org",
        "sub" + "agent",
    ]
    words += ["helper " + "agent", "Co-" + "Authored-By", "c" + "laude", "anth" + "ropic"]
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed_files()
        if path.suffix not in BINARY
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_lock_files_are_hashed_and_name_no_index() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        pins = re.findall(r"^([a-z0-9-]+)==\S+", text, re.MULTILINE)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
        assert "--index" not in text
        assert "torch" not in pins
        assert "onnxruntime" not in pins or path.name == "engines.txt"


def test_what_is_served_is_what_is_tested() -> None:
    pins = {
        name: set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("serve.txt", "test.txt", "engines.txt")
    }
    assert pins["serve.txt"] <= pins["test.txt"] <= pins["engines.txt"]
