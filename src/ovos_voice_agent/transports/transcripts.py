"""What a recogniser reported of a piece -> the segment that answers show."""

from __future__ import annotations

import math

from ovos_voice_agent.engines.interface import Transcript, Word
from ovos_voice_agent.protocol.rest_transcripts import SpokenSegment, SpokenWord
from ovos_voice_agent.runtime.transcription import Recognised

UNSURE = 1e-6
"""The least probability, so that its logarithm is a number."""


def segment_of(piece: Recognised) -> SpokenSegment:
    """Times count from the start of the recording. A segment is as long as its words, where their times are known."""
    transcript = piece.transcript
    words = tuple(_word(word, piece.start_s) for word in transcript.words)
    return SpokenSegment(
        text=transcript.text.strip(),
        start_s=words[0].start_s if words else piece.start_s,
        end_s=words[-1].end_s if words else piece.end_s,
        words=words,
        logprobs=transcript.logprobs,
        avg_logprob=_avg_logprob(transcript),
        speech=piece.speech,
    )


def _word(word: Word, offset_s: float) -> SpokenWord:
    return SpokenWord(word.text, offset_s + word.start_s, offset_s + word.end_s)


def _avg_logprob(transcript: Transcript) -> float | None:
    """Of tokens where known, else of words."""
    sure = [logprob for _, logprob in transcript.logprobs] or [
        math.log(max(UNSURE, word.probability)) for word in transcript.words if word.probability is not None
    ]
    return sum(sure) / len(sure) if sure else None
