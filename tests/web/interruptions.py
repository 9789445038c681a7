"""How quickly the page falls silent when somebody interrupts it: `python -m tests.web.interruptions [ROUNDS]`.

A browser, recorded people, the default detector, and an answer that goes on and on; the recogniser, the mind and the
voice are scripts, so that a busy machine answers as well. Times count from the first sound of the person as the page's
own audio graph has it (a level of 0.03 over 12 ms) until the voice is lowered to a fifth, and until it is silent.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.engines.interface import Engine
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from tests.end_to_end.talking import Fakes
from tests.recordings import RATE_HZ, samples_16k
from tests.web.browsing import browsing, onsets, serving, visiting

SPEAKERS = ("goforward", "something", "cards_002", "cards_005")
PAUSE_S = 2.5
"""Long enough for the turn to end and for the answer to be in full flow."""
ANSWER = "I go on and on until I have said all that there is to say. " * 3
BEGINS = 0.03
LOWERED = 0.2
SILENT = 1e-4
SILENT_BLOCKS = 30


def engines() -> Mapping[str, Engine]:
    fakes = Fakes(stt=ScriptedStt(["hello there"] * 1000), llm=ScriptedLlm([said_slowly(ANSWER)] * 1000))
    return {**fakes.by_stage, "vad": installed().create("vad", "silero", {})}


def sounds(rounds: int) -> tuple[str | float, ...]:
    said = [(SPEAKERS[number % len(SPEAKERS)], PAUSE_S) for number in range(rounds + 1)]
    return (1.0, *(sound for pair in said for sound in pair), 5.0)


def seconds(pieces: tuple[str | float, ...]) -> float:
    return sum(len(samples_16k(piece)) / RATE_HZ if isinstance(piece, str) else piece for piece in pieces)


def interruptions(blocks: npt.NDArray[np.float64]) -> Iterator[tuple[float, float]]:
    """Milliseconds until lowered and until silent, of each onset while the voice was heard."""
    level = np.sqrt(np.convolve(np.square(blocks[:, 1]), np.ones(4) / 4, "same"))
    for onset in onsets(np.column_stack([blocks[:, 0], level]), above=BEGINS, apart_s=1.0):
        before = blocks[(blocks[:, 0] > onset - 0.25) & (blocks[:, 0] < onset)][:, 2]
        if before.max(initial=0.0) < 0.01:
            continue
        after = blocks[blocks[:, 0] >= onset]
        lowered = after[np.argmax(after[:, 2] < LOWERED * before.max()), 0]
        quiet = np.convolve(after[:, 2] < SILENT, np.ones(SILENT_BLOCKS), "valid") == SILENT_BLOCKS
        yield 1000 * (lowered - onset), 1000 * (after[np.argmax(quiet), 0] - onset)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    said = sounds(rounds)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(engines()) as url,
        browsing(Path(folder), said) as browser,
        visiting(browser, url) as visit,
    ):
        visit.start()
        visit.page.wait_for_timeout(1000 * seconds(said))
        found = list(interruptions(visit.heard()))
    if not found:
        sys.exit("nobody was interrupted: the answers came too late")
    for name, times in zip(("lowered", "silent"), zip(*found, strict=True), strict=True):
        ordered = sorted(times)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        print(f"{name}: median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, of {len(ordered)}")


if __name__ == "__main__":
    main()
