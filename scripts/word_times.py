"""Print how far estimated word times are from espeak-ng's own: median, 90th and 99th percentile in milliseconds.

Usage: .venv/bin/python -m scripts.word_times, from the root of the repository.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from tests.runtime.word_errors import measure


def main() -> None:
    at_the_end: dict[str, list[float]] = defaultdict(list)
    on_the_way: dict[str, list[float]] = defaultdict(list)
    for language, errors in measure():
        for name in (language, "all"):
            at_the_end[name] += errors.at_the_end
            on_the_way[name] += errors.on_the_way
    for name, errors_at_end in at_the_end.items():
        line = f"{name:6} {len(errors_at_end):4} words"
        for what, errors_ms in (("at the end", errors_at_end), ("on the way", on_the_way[name])):
            line += f"   {what} " + " ".join(f"{value:4.0f}" for value in np.percentile(errors_ms, [50, 90, 99]))
        print(line)


if __name__ == "__main__":
    main()
