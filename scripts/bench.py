"""`make bench`: the benchmarks with the recordings of the tests, of which the first is said in turns."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ovos_voice_agent.benchmarks.__main__ import main
from tests.recordings import RECORDINGS, recording

if __name__ == "__main__":
    sys.exit(main([*(f"--speech={recording(name)}" for name in RECORDINGS), *sys.argv[1:]]))
