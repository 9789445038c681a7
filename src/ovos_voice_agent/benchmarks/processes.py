"""What a server process costs: CPU time and memory, its children included, as Linux tells them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PROC = Path("/proc")
_PRECISE = 2
"""Of a process's CPU clocks the one in nanoseconds: an idle session costs less than the 10 ms that /proc counts in."""
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time used so far, user and system, and memory now (proportional set size: shared pages count in part)."""

    cpu_s: float
    memory_bytes: int


def cost(pid: int, *, memory: bool = True) -> Cost:
    """Of one process and of all below it; without `memory` its own is 0, and this is quick. What has ended counts no
    more."""
    pids = list(_family(pid))
    return Cost(sum(cpu_s(one) for one in pids), sum(_memory_bytes(one) for one in pids) if memory else 0)


def cpu_s(pid: int) -> float:
    """CPU time of one process alone, with all its threads: quick, for use in the middle of a measurement."""
    try:
        return time.clock_gettime(~pid << 3 | _PRECISE)  # what clock_getcpuclockid(3) works out
    except OSError:  # it has ended
        return 0.0


def listener_of(url: str) -> int | None:
    """The process that listens on the port of a URL, where it is one of this machine and this user may see it. Of
    several that share the port, it is the one that they come from."""
    port = urlsplit(url).port
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)} if port else set()
    if not inodes:
        return None
    owners = [pid for pid in _pids() if inodes & set(_open_files(pid))]
    parents = {_parent(pid) for pid in owners}
    if len(owners) > 1 and len(parents) == 1:  # each has a socket of its own on that port
        return parents.pop()
    return min(owners, default=None)  # workers that share a socket are younger than the process that made it


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        path = _PROC / "net" / table
        lines = path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []
        for fields in map(str.split, lines):
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _open_files(pid: int) -> Iterator[str]:
    try:
        for link in (_PROC / str(pid) / "fd").iterdir():
            yield str(link.readlink())
    except OSError:  # it ended, or belongs to somebody else
        return


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _family(pid: int) -> Iterator[int]:
    """The process and all below it."""
    parents = {child: parent for child in _pids() if (parent := _parent(child)) is not None}
    generation = {pid}
    while generation:
        yield from sorted(generation)
        generation = {child for child, parent in parents.items() if parent in generation}


def _parent(pid: int) -> int | None:
    try:
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1])


def _memory_bytes(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
