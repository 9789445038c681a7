"""How often an English sentence ends after a word, as a table made from a language model (pure after the first look).

Rules: the table is read on first use and shared. What stands in it is made by `scripts/export_endings.py`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

RARE_WORD = -1.8
"""Of words that are not in the table: names and rare nouns, which end sentences as other nouns do."""


def ending_log_odds(word: str) -> float:
    """Natural logarithm of the odds that a sentence ends after this lower-case word: -7 (never) to -0.5 (half)."""
    return _table().get(word, RARE_WORD)


@cache
def _table() -> dict[str, float]:
    file = resources.files("ovos_voice_agent.engines").joinpath("turn", "data", "endings.txt")
    table: dict[str, float] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            tenths, *words = line.split()
            table |= dict.fromkeys(words, int(tenths) / 10)
    return table
