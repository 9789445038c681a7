"""`make bench`: the benchmarks with the recordings of the tests, of which the first is said in turns."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ovos_voice_agent.benchmarks.__main__ import main
from tests.recordings import RECORDINGS, SHARED, recording

if __name__ == "__main__":
    speech = [f"--speech={recording(name)}" for name in RECORDINGS]
    noise = [f"--noise={path}" for path in sorted(SHARED.glob("noise_*.wav"))]
    sys.exit(main([*speech, *noise, *sys.argv[1:]]))
