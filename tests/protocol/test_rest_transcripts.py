"""Transcripts as answers write them."""

from __future__ import annotations

from ovos_voice_agent.protocol.rest_transcripts import (
    SpokenSegment,
    SpokenWord,
    Transcription,
    delta,
    done,
    plain,
    srt,
    verbose,
    vtt,
)

SEGMENTS = [
    SpokenSegment("a < b", 0.0, 2.4, (SpokenWord("a", 0.12345, 0.5),), (("a", -0.25),), -0.25, 0.75),
    SpokenSegment("over & out", 3661.0006, 3662.9996),
]
FOUND = Transcription(SEGMENTS, 3663.2, "en")


def test_json() -> None:
    assert plain(FOUND, logprobs=False) == {"text": "a < b over & out", "usage": {"type": "duration", "seconds": 3664}}
    assert plain(FOUND, logprobs=True)["logprobs"] == [{"token": "a", "bytes": [97], "logprob": -0.25}]


def test_verbose_json() -> None:
    body = verbose(FOUND, task="transcribe", words=True, segments=True, temperature=0.2)
    assert (body["language"], body["duration"]) == ("english", 3663.2)
    assert body["words"] == [{"word": "a", "start": 0.123, "end": 0.5}]
    first, second = body["segments"]
    assert (first["avg_logprob"], first["no_speech_prob"], first["temperature"]) == (-0.25, 0.25, 0.2)
    assert (second["id"], second["seek"], second["avg_logprob"], second["no_speech_prob"]) == (1, 366100, 0.0, 0.0)
    assert (
        verbose(FOUND, task="translate", words=False, segments=False, temperature=0)
        .keys()
        .isdisjoint({"words", "segments"})
    )


def test_subrip() -> None:
    assert srt(SEGMENTS) == (
        "1\n00:00:00,000 --> 00:00:02,400\na < b\n\n2\n01:01:01,001 --> 01:01:03,000\nover & out\n"
    )
    assert srt([]) == ""


def test_webvtt() -> None:
    assert vtt(SEGMENTS) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.400\na &lt; b\n\n01:01:01.001 --> 01:01:03.000\nover &amp; out\n"
    )
    assert vtt([]) == "WEBVTT\n"


def test_deltas_add_up_to_the_text() -> None:
    events = [delta(one, first=place == 0, logprobs=False) for place, one in enumerate(SEGMENTS)]
    assert "".join(event["delta"] for event in events) == done(FOUND, logprobs=False)["text"]
    assert "logprobs" not in events[0]
    assert done(FOUND, logprobs=True)["logprobs"] == delta(SEGMENTS[0], first=True, logprobs=True)["logprobs"]


def test_usage_counts_tokens_of_sound() -> None:
    usage = done(Transcription(SEGMENTS[:1], 2.6), logprobs=False)["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (26, 2, 28)
