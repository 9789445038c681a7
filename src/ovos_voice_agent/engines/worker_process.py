"""The process of a worker, from the engine's side: what to run, how it begins, where it listens, how it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

_PACKAGE_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to run. `name` is for people, `module` calls `worker_loop.serve`, `options` reach its `make` as JSON.

    `brief`: no slice of its work is long, so that it answers a ping at any time, unless it hangs.
    """

    name: str
    module: str
    options: Mapping[str, Any] = field(default_factory=dict)
    start_timeout_s: float = 30.0
    brief: bool = False


class Door:
    """Where a shared worker is found by those who share it, whichever process is behind it just now: who knocks between
    two of them is heard by the next."""

    def __init__(self, path: Path) -> None:
        """Listens there from now on. Raises OSError."""
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(socket.SOMAXCONN)
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def turn_away(self) -> None:
        """There is no process for now: close the connections of all who wait for one."""
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return

    def close(self) -> None:
        """Safe to call twice."""
        self._socket.close()
        self.path.unlink(missing_ok=True)


def spawn(
    module: str, options: Mapping[str, Any], line: socket.socket, door: Door | None = None
) -> subprocess.Popen[bytes]:
    """A Python of our own kind that finds this package wherever we found it; in a session of its own, so that Ctrl-C in
    a terminal does not reach it before it can ignore it. Raises OSError."""
    paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
    doors = [door.fileno()] if door else []
    return subprocess.Popen(  # noqa: S603 - our own Python, with arguments of our own
        [sys.executable, "-P", "-m", module, msgspec.json.encode(options).decode(), *map(str, doors)],
        stdin=line.fileno(),
        stdout=subprocess.DEVNULL,
        pass_fds=doors,
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
