"""Transcripts as the answers of `POST /v1/audio/transcriptions` write them: JSON, text, subtitles, events (pure)."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.protocol.languages import language_name

MS_PER_AUDIO_TOKEN = 100
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Times in seconds from the start of the recording."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SpokenSegment:
    """An utterance. `avg_logprob` is the mean over its tokens where known, `speech` the share of it that sounded like
    speech."""

    text: str
    start_s: float
    end_s: float
    words: tuple[SpokenWord, ...] = ()
    logprobs: tuple[tuple[str, float], ...] = ()
    avg_logprob: float | None = None
    speech: float | None = None


@dataclass(frozen=True, slots=True)
class Transcription:
    """All that was understood of a recording. `language` is a code, or None where nobody knows."""

    segments: Sequence[SpokenSegment]
    duration_s: float
    language: str | None = None

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def logprobs(self) -> list[dict[str, Any]]:
        return [entry for segment in self.segments for entry in logprob_entries(segment)]


# ----------------------------------------------------------------------------------------------------------------- JSON


def plain(found: Transcription, *, logprobs: bool) -> dict[str, Any]:
    """`json`."""
    body: dict[str, Any] = {"text": found.text}
    if logprobs:
        body["logprobs"] = found.logprobs
    return {**body, "usage": _duration_usage(found)}


def verbose(found: Transcription, *, task: str, words: bool, segments: bool, temperature: float) -> dict[str, Any]:
    """`verbose_json`."""
    language = "english" if task == "translate" else language_name(found.language)
    body: dict[str, Any] = {"task": task, "language": language, "duration": _s(found.duration_s), "text": found.text}
    if segments:
        body["segments"] = [_segment(place, one, temperature) for place, one in enumerate(found.segments)]
    if words:
        body["words"] = [
            {"word": word.text, "start": _s(word.start_s), "end": _s(word.end_s)}
            for segment in found.segments
            for word in segment.words
        ]
    return {**body, "usage": _duration_usage(found)}


def _segment(place: int, segment: SpokenSegment, temperature: float) -> dict[str, Any]:
    """All keys of the API. Token numbers are a model's own and not known here; the offset is counted in 10 ms."""
    return {
        "id": place,
        "seek": int(segment.start_s * 100),
        "start": _s(segment.start_s),
        "end": _s(segment.end_s),
        "text": f" {segment.text}",
        "tokens": [],
        "temperature": temperature,
        "avg_logprob": round(segment.avg_logprob or 0.0, 6),
        "compression_ratio": _compression_ratio(segment.text),
        "no_speech_prob": 0.0 if segment.speech is None else round(1 - segment.speech, 6),
    }


def _compression_ratio(text: str) -> float:
    """High where a model repeats itself."""
    data = text.encode()
    return round(len(data) / len(zlib.compress(data)), 6)


def _duration_usage(found: Transcription) -> dict[str, Any]:
    return {"type": "duration", "seconds": math.ceil(found.duration_s)}


def _s(seconds: float) -> float:
    return round(seconds, 3)


# ------------------------------------------------------------------------------------------------------------ subtitles


def srt(segments: Iterable[SpokenSegment]) -> str:
    """SubRip."""
    return "\n".join(
        f"{place}\n{_clock(segment.start_s, ',')} --> {_clock(segment.end_s, ',')}\n{segment.text}\n"
        for place, segment in enumerate(segments, 1)
    )


def vtt(segments: Iterable[SpokenSegment]) -> str:
    """WebVTT."""
    cues = (
        f"{_clock(segment.start_s, '.')} --> {_clock(segment.end_s, '.')}\n{_escaped(segment.text)}\n"
        for segment in segments
    )
    return "\n".join(("WEBVTT\n", *cues))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, point: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


# --------------------------------------------------------------------------------------------------------------- events


class Deltas:
    """What a stream has told of each utterance. All deltas together are the text, unless the recogniser rethinks a word
    that it called stable: then the text of the last event counts, and the deltas go on behind as many words."""

    def __init__(self) -> None:
        self._start_s = -1.0
        self._told = ""
        self._any = False

    def more(self, start_s: float, text: str) -> str:
        """What is new in the utterance that begins at `start_s`, of which these words are stable; may be empty."""
        if start_s != self._start_s:
            self._start_s, self._told = start_s, ""
        return self._tell(text) if text.startswith(self._told) else ""

    def rest(self, start_s: float, text: str) -> str:
        """The same for the final text of the utterance."""
        if start_s != self._start_s or text.startswith(self._told):
            return self.more(start_s, text)
        told = len(self._told.split())
        return "".join(f" {word}" for word in text.split()[told:])

    def _tell(self, text: str) -> str:
        new = text[len(self._told) :]
        gap = " " if self._any and new and not self._told else ""
        self._told, self._any = text, self._any or bool(text)
        return gap + new


def delta(text: str, logprobs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The event of more text."""
    event: dict[str, Any] = {"type": "transcript.text.delta", "delta": text}
    return event if logprobs is None else {**event, "logprobs": logprobs}


def done(found: Transcription, *, logprobs: bool) -> dict[str, Any]:
    """The last event. Its usage counts tokens: audio as the hosted service does, text by its length."""
    heard = int(found.duration_s * 1000) // MS_PER_AUDIO_TOKEN
    written = -(-len(found.text) // CHARACTERS_PER_TOKEN)
    usage = {
        "type": "tokens",
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": written,
        "total_tokens": heard + written,
    }
    event: dict[str, Any] = {"type": "transcript.text.done", "text": found.text}
    if logprobs:
        event["logprobs"] = found.logprobs
    return {**event, "usage": usage}


def logprob_entries(segment: SpokenSegment) -> list[dict[str, Any]]:
    return [
        {"token": token, "bytes": list(token.encode()), "logprob": round(logprob, 6)}
        for token, logprob in segment.logprobs
    ]
