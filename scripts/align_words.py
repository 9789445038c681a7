"""Find when each word of a recording is said, by PocketSphinx' forced alignment, for the benchmark `hearing`.

    python scripts/align_words.py RECORDING.wav "what is said in it" > RECORDING.words.json

The recording is 16 kHz, mono; the words are lower-case English, and each must be in PocketSphinx' dictionary. Prints
[word, start in seconds, end in seconds] for each; the last word's end may be late by a breath.
"""

from __future__ import annotations

import json
import re
import sys
import wave
from pathlib import Path

from pocketsphinx import Decoder

FRAMES_PER_S = 100
AFTER = bytes(2 * 8_000)
"""Half a second of silence: the aligner needs an end."""


def aligned(path: Path, text: str) -> list[tuple[str, float, float]]:
    """Raises ValueError for words that the dictionary does not have, and for words that are not in the recording."""
    words = re.findall(r"[a-z']+", text.lower().replace("-", " "))
    decoder = Decoder(loglevel="FATAL")
    if unknown := [word for word in words if decoder.lookup_word(word) is None]:
        raise ValueError(f"not in the dictionary: {', '.join(unknown)}")
    with wave.open(str(path)) as file:
        pcm = file.readframes(file.getnframes())
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw(pcm + AFTER, no_search=False, full_utt=True)
    decoder.end_utt()
    found = [
        (
            re.sub(r"\(\d+\)", "", segment.word),
            segment.start_frame / FRAMES_PER_S,
            (segment.end_frame + 1) / FRAMES_PER_S,
        )
        for segment in decoder.seg() or []
        if not segment.word.startswith(("<", "["))
    ]
    if [word for word, _, _ in found] != words:
        raise ValueError("the words are not in the recording")
    return found


if __name__ == "__main__":
    print(json.dumps(aligned(Path(sys.argv[1]), sys.argv[2])))
