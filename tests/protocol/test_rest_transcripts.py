"""Transcripts as answers write them."""

from __future__ import annotations

from ovos_voice_agent.protocol.rest_transcripts import (
    Deltas,
    SpokenSegment,
    SpokenWord,
    Transcription,
    delta,
    done,
    logprob_entries,
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


def told(*steps: tuple[float, str, bool]) -> list[str]:
    """The deltas of steps: the start of an utterance in seconds, its words, and whether they are final."""
    deltas = Deltas()
    return [deltas.rest(start_s, text) if final else deltas.more(start_s, text) for start_s, text, final in steps]


def test_deltas_add_up_to_the_text() -> None:
    steps = [(0, "go", False), (0, "go", False), (0, "go forward", False), (0, "go forward ten", True)]
    assert told(*steps) == ["go", "", " forward", " ten"]
    assert told((0, "one", True), (2, "", True), (4, "two", False), (4, "two", True)) == ["one", "", " two", ""]


def test_an_utterance_that_came_to_nothing_leaves_nothing_behind() -> None:
    assert told((0, "one", True), (2, "uh", False), (4, "two", False), (4, "two three", True)) == [
        "one",
        " uh",
        " two",
        " three",
    ]


def test_what_was_told_is_not_told_again_where_the_recogniser_rethinks_it() -> None:
    steps = [(0, "four ward", False), (0, "forward ten", False), (0, "go forward ten meters", True)]
    assert told(*steps) == ["four ward", "", " ten meters"]


def test_the_events_of_a_stream() -> None:
    assert delta(" a") == {"type": "transcript.text.delta", "delta": " a"}
    entries = logprob_entries(SEGMENTS[0])
    assert delta("a", entries)["logprobs"] == done(FOUND, logprobs=True)["logprobs"] == entries
    assert done(FOUND, logprobs=False)["text"] == "a < b over & out"


def test_usage_counts_tokens_of_sound() -> None:
    usage = done(Transcription(SEGMENTS[:1], 2.6), logprobs=False)["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (26, 2, 28)
