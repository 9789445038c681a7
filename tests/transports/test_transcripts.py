"""A recogniser's report as a segment."""

from __future__ import annotations

import math

from ovos_voice_agent.engines.interface import Transcript, Word
from ovos_voice_agent.runtime.transcription import Recognised
from ovos_voice_agent.transports.transcripts import segment_of


def test_times_count_from_the_start_of_the_recording() -> None:
    words = (Word("one", 0.25, 0.5, 0.5), Word("two", 0.5, 1.0, 0.0))
    segment = segment_of(Recognised(10.0, 12.0, Transcript(" one two ", words=words), 0.75))
    assert (segment.text, segment.start_s, segment.end_s, segment.speech) == ("one two", 10.25, 11.0, 0.75)
    assert [(word.start_s, word.end_s) for word in segment.words] == [(10.25, 10.5), (10.5, 11.0)]
    assert segment.avg_logprob == (math.log(0.5) + math.log(1e-6)) / 2


def test_without_words_the_piece_is_the_segment() -> None:
    segment = segment_of(Recognised(1.0, 2.0, Transcript("one", logprobs=(("o", -1.0), ("ne", -2.0)))))
    assert (segment.start_s, segment.end_s, segment.avg_logprob) == (1.0, 2.0, -1.5)
    assert segment_of(Recognised(1.0, 2.0, Transcript("one"))).avg_logprob is None
