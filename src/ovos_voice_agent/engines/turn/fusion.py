"""All that is known of a pause -> one probability that the person has finished, and whether that is enough (pure).

Rules:

- The log odds are a sum: what the words look like, how often a sentence ends with the last of them, what the turn model
  says, and how rare a pause of this length is inside of this speaker's turns. Each part may be missing.
- The turn ends when the probability reaches the operating point of its eagerness, never before `SHORTEST_MS` of silence
  and at the latest at the eagerness' cap (protocol.md 6.18).
- The longer the silence, the more certain: so the same numbers tell how long a pause must last (`wanted_ms`).
- The weights of words and model are fitted by `scripts/fit_turns.py`; `docs/turns.md` shows the curve that they make.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ovos_voice_agent.engines.turn.pauses import TYPICAL_MS
from ovos_voice_agent.engines.turn.transcript import Look, Said

Eagerness: TypeAlias = Literal["auto", "low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Point:
    """An operating point: the turn ends at this `probability`, at the latest after `longest_ms` of silence."""

    probability: float
    longest_ms: int


POINTS: dict[Eagerness, Point] = {
    "high": Point(0.75, 2_000),
    "medium": Point(0.85, 4_000),
    "auto": Point(0.85, 4_000),
    "low": Point(0.93, 8_000),
}
"""At `high` one decision in four may be wrong, at `medium` one in seven, at `low` one in fourteen."""

SHORTEST_MS = 192
"""Between the sounds of one word there is silence of up to 130 ms; and what is told at 160 ms (`SpeechPaused`) is told
before the turn ends."""

_BIAS = 0.55
"""Of a pause of which nothing is known: the fit gives 0.53."""
_LOOKS: dict[Look, float] = {"finished": 1.6, "unclear": 0.0, "number": -0.5, "unfinished": -1.75, "wordless": -0.6}
"""The fit of `unfinished` gives -1.16; the others are set by hand, for the recordings have too few of them."""
_ENDING, _USUAL_ENDING = 0.65, -2.0
"""The fit gives 1.22. With half of it, and more for `unfinished`, as many are cut off at the same median, and turns
that end with a rare word do not wait a second longer (p95 700 instead of 1000 ms at 0.8)."""
_LOWEST_ENDING = -5.0
"""What never ends a sentence is not worth more."""
_MODEL = 0.25
"""The fit gives 0.22."""
_LARGEST_MODEL_ODDS = 4.0
"""A model that is sure beyond 98 % is not to be believed more."""
_PAUSE_POWER = 2.0
"""Pauses inside of turns are spread so that one in ten lasts three times their middle: 1 / (1 + (t / middle) ** 2)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when a pause has begun. `model` is the turn model's probability, None without one; `middle_ms` is
    the middle of this speaker's pauses."""

    said: Said
    model: float | None = None
    middle_ms: float = TYPICAL_MS


def probability(evidence: Evidence, silence_ms: float) -> float:
    """That the person has finished, when it has been silent for so long."""
    return 1.0 / (1.0 + math.exp(-_log_odds(evidence) - _rarity(silence_ms / evidence.middle_ms)))


def wanted_ms(evidence: Evidence, point: Point) -> int:
    """The silence after which the probability reaches the operating point, within the bounds."""
    missing = _logit(point.probability) - _log_odds(evidence)
    wanted = evidence.middle_ms * math.expm1(missing) ** (1 / _PAUSE_POWER) if missing > 0 else 0.0
    return int(min(max(wanted, SHORTEST_MS), point.longest_ms))


def _log_odds(evidence: Evidence) -> float:
    """Of having finished, whatever the length of the pause."""
    said = evidence.said
    odds = _BIAS + _LOOKS[said.look]
    if said.ending is not None:
        odds += _ENDING * (max(said.ending, _LOWEST_ENDING) - _USUAL_ENDING)
    if evidence.model is not None:
        odds += _MODEL * min(max(_logit(evidence.model), -_LARGEST_MODEL_ODDS), _LARGEST_MODEL_ODDS)
    return odds


def _rarity(middles: float) -> float:
    """Minus the logarithm of the share of pauses inside of turns that last longer than so many times their middle."""
    return math.log1p(middles**_PAUSE_POWER)


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
