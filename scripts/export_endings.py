"""Write `engines/turn/data/endings.txt`: how often sentences end with a word, by PocketSphinx's English language model.

    python scripts/export_endings.py [COUNT]

For each of the COUNT most frequent words: the natural logarithm of the odds that the next token is the end of the
sentence. The model is the one that PocketSphinx installs (generic US English, two-clause BSD); these are facts about
it.
"""

from __future__ import annotations

import math
import re
import sys
from collections import defaultdict
from pathlib import Path

import pocketsphinx

TARGET = Path(__file__).parents[1] / "src/ovos_voice_agent/engines/turn/data/endings.txt"
LEFT_OUT = re.compile("sh.t|f.ck|b.tch|cr.p|^ass(es|hole)?$|d.ck|bast.rd|wh.re|p.ssy|damn|sucks?$|nigg|fag")
"""What need not stand in a file of ours; a word that is not in it counts as any other."""
HEADER = """\
# How often a sentence ends after a word: tenths of the natural logarithm of the odds, and the words that have them.
# Made by scripts/export_endings.py from the US English language model in PocketSphinx (NOTICE).
"""


def main(count: int = 4000) -> None:
    """Ask the model, sort, write."""
    log_math = pocketsphinx.LogMath()
    model = pocketsphinx.NGramModel(pocketsphinx.Config(), log_math, pocketsphinx.get_model_path("en-us/en-us.lm.bin"))
    unknown = model.prob(["<UNK>"])
    dictionary = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8")
    words = {line.split(maxsplit=1)[0] for line in dictionary.splitlines()}
    known = {word: model.prob([word]) for word in words if _wanted(word)}
    frequent = sorted((word for word in known if known[word] > unknown), key=lambda word: (-known[word], word))[:count]
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for word in frequent:
        probability = log_math.exp(model.prob(["</s>", word]))
        groups[round(10 * math.log(probability / (1 - probability)))].append(word)
    lines = [f"{tenths} {' '.join(sorted(groups[tenths]))}" for tenths in sorted(groups)]
    TARGET.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


def _wanted(word: str) -> bool:
    return word.replace("'", "").isalpha() and not LEFT_OUT.search(word)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
