"""The worker process of Moonshine: one transcriber, and a stream of it for each utterance.

Rules:

- The library's own voice detection is off: the server has found the utterance already. Nor does the library look at the
  audio by itself: it is asked to, once nothing more waits to be taken in.
- A look costs more the longer the utterance, and more again when another utterance was looked at in between, for the
  transcriber keeps the state of one. So looks are as frequent as the machine can afford: see `Cadence`.
- The decoder writes 448 tokens at most, about 70 s of speech: `Cutter` ends a segment long before, in a pause.
- Key terms are the transcriber's, not a stream's: they are set before each look.
- Word times are right only without the library's speculative decoding (tried with 0.1.5: with it times run backwards);
  its word confidences say 1 for everything and are not told.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from moonshine_voice.errors import MoonshineError
from moonshine_voice.moonshine_api import ModelArch
from moonshine_voice.transcriber import Stream, Transcriber

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.engines.stt.stable_head import StableHead
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

ARCH = ModelArch.TINY_STREAMING
"""Any streaming one: the library reads sizes from the model's own `streaming_config.json`."""
FORCE = Transcriber.MOONSHINE_FLAG_FORCE_UPDATE
"""Look at once, however little is new."""
NEVER_S = 1e9
TAIL_S = 0.2
"""Silence after the end: the library takes in pieces of 80 ms and leaves what is shorter."""
SHORTEST_S = 0.1
BLOCK_S = 0.1
IDLE_SHARE = 2
"""Of the worker's time at most one part in so many goes into looks, so that a final text does not wait for long."""
CUT_AFTER_S, CUT_AT_S = 20.0, 30.0
QUIET_RATIO = 0.2
"""A block is a pause when its level is below this part of the segment's: the softest vowels are above."""


class Cadence:
    """When the next look at an utterance is worth its price."""

    def __init__(self, shortest_s: float) -> None:
        """`shortest_s`: seconds of audio between two looks on a machine that has time."""
        self._shortest_s = shortest_s
        self._looked_at_s = 0.0
        self._took_s = 0.0

    def due(self, heard_s: float, utterances: int) -> bool:
        """`heard_s` of audio are there; `utterances` share the worker."""
        affordable_s = IDLE_SHARE * utterances * self._took_s
        return heard_s - self._looked_at_s >= max(self._shortest_s, affordable_s)

    def looked(self, heard_s: float, took_s: float) -> None:
        self._looked_at_s, self._took_s = heard_s, took_s


class Cutter:
    """Where a long utterance is cut: in a pause after `CUT_AFTER_S`, at `CUT_AT_S` wherever that is."""

    def __init__(self) -> None:
        self._energy = 0.0
        self._samples = 0

    def push(self, samples: Any) -> bool:
        """Whether the segment ends after this block, of float samples."""
        energy = float(np.dot(samples, samples))
        self._energy += energy
        self._samples += len(samples)
        if self._samples < CUT_AFTER_S * ENGINE_RATE_HZ:
            return False
        quiet = energy / len(samples) < QUIET_RATIO**2 * self._energy / self._samples
        return quiet or self._samples >= CUT_AT_S * ENGINE_RATE_HZ


class Hearing:
    """One utterance: what its finished segments said, and the stream of the one that goes on."""

    def __init__(self, transcriber: Transcriber) -> None:
        self.samples = 0
        self.words: list[tuple[str, float, float]] = []
        self._transcriber = transcriber
        self._texts: list[str] = []
        self._open()

    def feed(self, samples: Any) -> None:
        """A block of float samples. May finish a segment."""
        self._stream.add_audio(samples.tolist(), ENGINE_RATE_HZ)
        self.samples += len(samples)
        if self._cutter.push(samples):
            self._complete()
            self.close()
            self._open()

    def look(self) -> str:
        """The text as it is now."""
        lines = self._stream.update_transcription(FORCE).lines
        return " ".join(filter(None, [*self._texts, *(line.text for line in lines)]))

    def finish(self) -> str:
        """The text of the whole utterance."""
        self._stream.add_audio([0.0] * round(TAIL_S * ENGINE_RATE_HZ), ENGINE_RATE_HZ)
        self._complete()
        return " ".join(filter(None, self._texts))

    def close(self) -> None:
        """Drop the library's state. Safe at any time."""
        self._stream.close()

    def _open(self) -> None:
        self._cutter = Cutter()
        self._start_s = self.samples / ENGINE_RATE_HZ
        self._stream: Stream = self._transcriber.create_stream(update_interval=NEVER_S, transcribe_flags=FORCE)
        self._stream.start()

    def _complete(self) -> None:
        transcript = self._stream.stop()
        if transcript is None:
            raise MoonshineError("the library could not read the end of the utterance")
        self._texts += [line.text for line in transcript.lines]
        timed = [word for line in transcript.lines for word in line.words or ()]
        self.words += [(word.word, self._start_s + word.start, self._start_s + word.end) for word in timed]


class Looks:
    """The looks at an utterance while it goes on, and what is told of them."""

    def __init__(self, desk: Desk, shortest_s: float, *, partials: bool) -> None:
        self._desk = desk
        self._partials = partials
        self._cadence = Cadence(shortest_s)
        self._head = StableHead()

    def at(self, hearing: Hearing, utterances: int) -> None:
        """Look when it is time. Without `partials` too: what was looked at is encoded, and the end comes sooner."""
        heard_s = hearing.samples / ENGINE_RATE_HZ
        if not self._cadence.due(heard_s, utterances):
            return
        began_s = perf_counter()
        text = hearing.look()
        self._cadence.looked(heard_s, perf_counter() - began_s)
        if self._partials and self._head.push(text.split()):
            self._desk.emit((" ".join(self._head.stable), " ".join(self._head.unstable)))


class Recogniser:
    """Implements `Service`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        if options["one_core"]:
            os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"
        self._transcriber = load(options)
        self._language = options["language"]
        self._update_interval_s = options["update_interval_s"]
        self._terms: tuple[str, ...] = ()
        self._open = 0
        self._warm()

    def describe(self) -> dict[str, Any]:
        return {}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._hear(body, desk)

    def _hear(self, body: dict[str, Any], desk: Desk) -> Task:
        hearing, terms = Hearing(self._transcriber), tuple(body["keywords"])
        looks = Looks(desk, self._update_interval_s, partials=body["partials"])
        self._open += 1
        try:
            while (pcm := desk.take()) != b"":
                for block in blocks(pcm or b""):
                    self._expect(terms)
                    hearing.feed(block)
                    yield Wait.TURN
                if pcm is None:
                    self._expect(terms)
                    looks.at(hearing, self._open)
                    yield Wait.INPUT
            self._expect(terms)
            return self._result(hearing, word_times=body["word_times"])
        finally:
            self._open -= 1
            hearing.close()

    def _result(self, hearing: Hearing, *, word_times: bool) -> dict[str, Any]:
        if hearing.samples < SHORTEST_S * ENGINE_RATE_HZ:
            return {"text": ""}
        text = hearing.finish()
        return {"text": text, "language": self._language, "words": hearing.words if word_times else []}

    def _expect(self, terms: tuple[str, ...]) -> None:
        """Make these the transcriber's key terms, as far as its vocabulary can spell them."""
        if terms == self._terms:
            return
        self._terms = terms
        wanted = [term for term in (term.replace(",", " ").strip() for term in terms) if term]
        try:
            self._transcriber.set_keyterms(wanted)
        except MoonshineError:
            self._transcriber.set_keyterms(list(self._spelt(wanted)))

    def _spelt(self, terms: Sequence[str]) -> Iterator[str]:
        """Those that the vocabulary can spell: one that it cannot makes the library refuse the whole list."""
        for term in terms:
            with contextlib.suppress(MoonshineError):
                self._transcriber.set_keyterms([term])
                yield term

    def _warm(self) -> None:
        """The first call of a model is slow."""
        hearing = Hearing(self._transcriber)
        hearing.feed(np.zeros(ENGINE_RATE_HZ, np.float32))
        hearing.finish()
        hearing.close()


def load(options: Mapping[str, Any]) -> Transcriber:
    """Raises MoonshineError, which says little; the library's own words go to the standard error stream."""
    settings = {
        "vad_threshold": 0,
        "return_audio_data": "false",
        "keyterm_boost": options["key_term_boost"],
    }
    if options["word_times"]:
        settings |= {"word_timestamps": "true", "use_speculative_decoding": "false"}
    return Transcriber(options["folder"], ARCH, options=settings)


def blocks(pcm: bytes) -> Iterator[Any]:
    """Float samples of `BLOCK_S` at most each, none empty."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32) / 32768
    size = round(BLOCK_S * ENGINE_RATE_HZ)
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


if __name__ == "__main__":
    serve(Recogniser)
