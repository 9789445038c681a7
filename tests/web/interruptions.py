"""How quickly the page falls silent when somebody interrupts it: `python -m tests.web.interruptions [ROUNDS]`.

A browser, recorded people, the default detector, and answers that go on while the next one speaks. With `--default` all
engines are those in the box; without it the recogniser, the mind and the voice are scripts, so that a busy machine
answers as well. Times count from the first sound of the person as the page's own audio graph has it (a level of 0.03
over 12 ms) until the voice is lowered to a fifth, and until it is silent: for good, not for a moment.
"""

from __future__ import annotations

import argparse
import os
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
DEFAULT_PAUSE_S = 4.0
"""The same for real engines. What the mind in the box says to these people lasts about twelve seconds."""
ANSWER = "I go on and on until I have said all that there is to say. " * 3
BEGINS = 0.03
SPEAKS = 0.01
SPOKE_S = 0.06
"""Who made no sound for so long was not interrupted, or was between two words."""
LOWERED = 0.2
SILENT = 1e-4
QUIET_S = 0.5
"""The page takes a sound that nobody confirms for a person for 0.4 s; then the voice would be back."""

Blocks = npt.NDArray[np.float64]
"""Rows of seconds, level of the microphone, level of the loudspeaker."""


def engines() -> Mapping[str, Engine]:
    fakes = Fakes(stt=ScriptedStt(["hello there"] * 1000), llm=ScriptedLlm([said_slowly(ANSWER)] * 1000))
    return {**fakes.by_stage, "vad": installed().create("vad", "silero", {})}


def sounds(rounds: int, pause_s: float) -> tuple[str | float, ...]:
    said = [(SPEAKERS[number % len(SPEAKERS)], pause_s) for number in range(rounds + 1)]
    return (1.0, *(sound for pair in said for sound in pair), 5.0)


def seconds(pieces: tuple[str | float, ...]) -> float:
    return sum(len(samples_16k(piece)) / RATE_HZ if isinstance(piece, str) else piece for piece in pieces)


def interruptions(blocks: Blocks) -> Iterator[tuple[float, float]]:
    """Milliseconds until lowered and until silent, of each onset while the voice was heard."""
    level = np.sqrt(np.convolve(np.square(blocks[:, 1]), np.ones(4) / 4, "same"))
    for onset in onsets(np.column_stack([blocks[:, 0], level]), above=BEGINS, apart_s=1.0):
        before = blocks[(blocks[:, 0] > onset - 0.25) & (blocks[:, 0] < onset)]
        if before[before[:, 0] > onset - SPOKE_S, 2].max(initial=0.0) < SPEAKS:
            continue
        after = blocks[blocks[:, 0] >= onset]
        silent = _falls_silent(after)
        loud = after[: silent + 1, 2] > LOWERED * before[:, 2].max()
        lowered = np.flatnonzero(loud)[-1] + 1 if loud.any() else 0
        yield 1000 * (after[min(lowered, silent), 0] - onset), 1000 * (after[silent, 0] - onset)


def _falls_silent(after: Blocks) -> int:
    """Index of the first block from which on nothing is heard for a while."""
    quiet = round(QUIET_S / float(np.median(np.diff(after[:, 0]))))
    heard = np.convolve(after[:, 2] >= SILENT, np.ones(quiet))[quiet - 1 :]
    return int(np.argmax(heard == 0))


def measured(rounds: int, *, default: bool) -> list[tuple[float, float]]:
    """Talk with the page for so many rounds: what `interruptions` finds."""
    said = sounds(rounds, DEFAULT_PAUSE_S if default else PAUSE_S)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(None if default else engines()) as url,
        browsing(Path(folder), said) as browser,
        visiting(browser, url) as visit,
    ):
        visit.start()
        visit.page.wait_for_timeout(1000 * seconds(said))
        return list(interruptions(visit.heard()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rounds", type=int, nargs="?", default=10)
    parser.add_argument("--default", action="store_true", help="with the engines in the box")
    args = parser.parse_args()
    found = measured(args.rounds, default=args.default)
    if not found:
        sys.exit("nobody was interrupted: the answers came too late")
    for name, times in zip(("lowered", "silent"), zip(*found, strict=True), strict=True):
        ordered = sorted(times)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        counted = f"of {len(ordered)} in {args.rounds} rounds"
        print(f"{name}: median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, {counted}")
    print(f"load average of the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
