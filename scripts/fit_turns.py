"""Fit the weights of `engines/turn/fusion.py` on recordings whose words are known.

    python scripts/fit_turns.py [--model smart-turn-v3.2-cpu.onnx] RECORDING.wav ...

Each place between two words is a pause inside of a turn, the end of each recording an end. Both weigh as much, in all.
The log odds of an end are fitted as a sum (logistic regression, ridge 1): of how often sentences end with the word, of
words that hang in the air, and of what the model says of the sound up to there and 200 ms of silence. The bias is that
of a pause of which nothing else is known. Leaving one recording out tells how well it does on others.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.benchmarks.clips import Recording
from ovos_voice_agent.benchmarks.speech import LEAD_MS
from ovos_voice_agent.engines.turn.smart_turn import SmartTurn, create
from ovos_voice_agent.engines.turn.transcript import Said, said

RIDGE = 1.0
WEIGHT = 0.3
"""Of one pause: those of one recording are alike."""
USUAL_ENDING = -2.0
LARGEST_ODDS = 4.0
EVERY_THIRD = 3
"""The model is asked about every third pause only: it takes 70 ms."""
RATE_HZ = 16_000

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Behind a word: what is known there, and whether it is the end."""

    recording: str
    said: Said
    ends: bool
    model: float | None = None

    def features(self, *, model: bool) -> list[float]:
        row = [1.0, max(self.said.ending or 0.0, -5.0) - USUAL_ENDING, float(self.said.look == "unfinished")]
        if model:
            assert self.model is not None
            row.append(float(np.clip(np.log(self.model / (1 - self.model)), -LARGEST_ODDS, LARGEST_ODDS)))
        return row


async def places(path: Path, model: SmartTurn | None) -> list[Place]:
    """Behind each word of a recording."""
    words = Recording.read(path).words
    found = []
    for index, word in enumerate(words):
        known = said(" ".join(one.text for one in words[: index + 1]))
        ends = index == len(words) - 1
        asked = model is not None and (ends or index % EVERY_THIRD == 0)
        heard = await answer(model, path, None if ends else word.end_ms) if asked and model is not None else None
        found.append(Place(path.stem, known, ends, heard))
    return found


async def answer(model: SmartTurn, path: Path, end_ms: float | None) -> float:
    """What the model says of a recording up to there."""
    samples, _ = read_wav(path)
    end = len(samples) if end_ms is None else int((end_ms - LEAD_MS) * RATE_HZ / 1000)
    sound = np.concatenate((samples[:end], np.zeros(RATE_HZ // 5, np.float32)))
    said_so: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    model.open().ask(sound, said_so.set_result)
    return min(max(await said_so, 1e-6), 1 - 1e-6)


def fit(rows: Array, ends: Array) -> Array:
    """The weights of the columns, the bias first, by Newton's method."""
    share = WEIGHT * np.where(ends == 1, len(ends) / ends.sum() / 2, len(ends) / (len(ends) - ends.sum()) / 2)
    ridge = RIDGE * np.diag([0.0, *[1.0] * (rows.shape[1] - 1)])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        odds = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (share * (odds - ends)) + ridge @ weights
        curvature = (rows * (share * odds * (1 - odds))[:, None]).T @ rows + ridge
        weights -= np.linalg.solve(curvature, slope)
    return weights


def told_apart(scores: Array, ends: Array) -> float:
    """How often an end scores more than a pause (the area under the curve)."""
    return float(np.mean(scores[ends == 1][:, None] > scores[ends == 0][None, :]))


def report(found: Sequence[Place], names: Sequence[str], *, model: bool) -> None:
    rows = np.array([place.features(model=model) for place in found])
    ends = np.array([float(place.ends) for place in found])
    recordings = np.array([place.recording for place in found])
    scores = np.zeros(len(found))
    for one in set(recordings):
        there = recordings == one
        scores[there] = rows[there] @ fit(rows[~there], ends[~there])
    weights = ", ".join(f"{name} {weight:+.2f}" for name, weight in zip(names, fit(rows, ends), strict=True))
    print(f"{int(ends.sum())} ends, {int(len(ends) - ends.sum())} pauses: {weights}")
    print(f"ends told from pauses in recordings left out: {100 * told_apart(scores, ends):.0f} %")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    model = create({"model": str(options.model)}) if options.model else None
    if model is not None:
        await model.start()
    found = [place for path in options.recordings for place in await places(path, model)]
    report(found, ["bias", "ending", "unfinished"], model=False)
    if model is not None:
        report(
            [place for place in found if place.model is not None], ["bias", "ending", "unfinished", "model"], model=True
        )
        await model.close()


if __name__ == "__main__":
    asyncio.run(main())
