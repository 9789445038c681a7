"""Packages that only some engines need, and files that their models consist of: looked for, not loaded."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def need(module: str) -> None:
    """Call it where an engine's module begins. Raises ModuleNotFoundError as importing `module` would, at once: what is
    heavy is loaded by a worker process alone."""
    if find_spec(module) is None:
        raise ModuleNotFoundError(f"No module named '{module}'", name=module)


def find_file(folder: Path, pattern: str, *, small: bool = True) -> Path | None:
    """The one file that fits, like `encoder*.onnx`; of several an int8 one when `small`, else one that is not."""
    found = sorted(folder.glob(pattern))
    preferred = [path for path in found if ("int8" in path.name) == small]
    return next(iter(preferred or found), None)
