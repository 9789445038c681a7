"""The metrics of several processes as those of one server: what has the same name and labels is added up.

Rules: everything we measure is a count, a sum or a number of things that are there now, so that sums are right; of the
times at which counters began, the earliest is kept. A process that ended takes its numbers along: for Prometheus that
is a counter that begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence

_BEGAN = "_created"


def merged(texts: Sequence[bytes]) -> bytes:
    """Several texts in Prometheus' format as one, in the order of the first."""
    lines: dict[str, float | None] = {}
    for text in texts:
        for line in text.decode().splitlines():
            _add(lines, line)
    shown = (key if value is None else f"{key} {value!r}" for key, value in lines.items())
    return ("\n".join(shown) + "\n").encode()


def _add(lines: dict[str, float | None], line: str) -> None:
    """A comment once; a sample to the others of its name and labels."""
    if line.startswith("#") or not line:
        lines.setdefault(line, None)
        return
    key, _, number = line.rpartition(" ")
    value, before = float(number), lines.get(key)
    if before is None:
        lines[key] = value
    else:
        lines[key] = min(before, value) if key.partition("{")[0].endswith(_BEGAN) else before + value
