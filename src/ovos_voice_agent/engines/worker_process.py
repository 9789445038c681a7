"""The process of a worker, from the engine's side: how it begins and how it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

_PACKAGE_ROOT = Path(__file__).parents[2]


def spawn(module: str, options: Mapping[str, Any], line: socket.socket) -> subprocess.Popen[bytes]:
    """A Python of our own kind that finds this package wherever we found it; in a session of its own, so that Ctrl-C in
    a terminal does not reach it before it can ignore it. Raises OSError."""
    paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(  # noqa: S603 - our own Python, with arguments of our own
        [sys.executable, "-P", "-m", module, msgspec.json.encode(options).decode()],
        stdin=line.fileno(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )


def reap(process: subprocess.Popen[bytes], within_s: float) -> None:
    """Wait for the end of a process whose life line is cut; kill it when it does not go."""
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
