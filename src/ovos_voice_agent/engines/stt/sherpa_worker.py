"""The worker process of sherpa-onnx: one model, and the streams of all utterances decoded together.

Rules:

- Whoever has a turn takes in what all utterances were fed, and decodes one chunk of each that has one, in one call.
- `TAIL_S` of silence after the end gets the last word out. What is shorter than `SHORTEST_S` has no words.
- Key terms are looked for by beams, which cost more: only where the model is known to be able to spell them. What it
  cannot spell the library skips, and prints; that stays here, for these are a person's words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.engines.stt.stable_head import StableHead
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

TAIL_S = 0.66
SHORTEST_S = 0.1
WORD_S = 0.2
"""A word's length where nothing follows it: models tell when a token begins, not when it ends."""
_WORD_MARKS = ("▁", " ")


class Hearing:
    """One utterance."""

    def __init__(self, stream: Any, desk: Desk, *, partials: bool) -> None:
        self.stream = stream
        self.ended = False
        self.samples = 0
        self._desk = desk
        self._partials = partials
        self._head = StableHead()

    def take_in(self) -> None:
        """Give the stream everything that was fed; an empty piece is the end."""
        while (pcm := self._desk.take()) is not None:
            if pcm:
                self._accept(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768)
                self.samples += len(pcm) // 2
            elif not self.ended:
                self.ended = True
                self._accept(np.zeros(round(TAIL_S * ENGINE_RATE_HZ), dtype=np.float32))
                self.stream.input_finished()

    def tell(self, text: str) -> None:
        """A hypothesis."""
        if self._partials and self._head.push(text.split()):
            self._desk.emit((" ".join(self._head.stable), " ".join(self._head.unstable)))

    def _accept(self, samples: Any) -> None:
        self.stream.accept_waveform(ENGINE_RATE_HZ, samples)


class Recogniser:
    """Implements `Service`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        load = getattr(sherpa_onnx.OnlineRecognizer, f"from_{options['kind']}")
        settings: dict[str, Any] = {"num_threads": options["threads"], "enable_endpoint_detection": False}
        if options["unit"]:
            settings |= {"decoding_method": "modified_beam_search", "modeling_unit": options["unit"]}
            settings["hotwords_score"] = options["key_term_score"]
        self._model = load(**options["files"], **settings)
        self._spells = bool(options["unit"])
        self._capitals = knows_only_capitals(Path(options["files"]["tokens"]))
        self._language = options["language"]
        self._open: list[Hearing] = []
        self._warm()

    def describe(self) -> dict[str, Any]:
        return {}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._hear(body, desk)

    def _hear(self, body: Any, desk: Desk) -> Task:
        hearing = Hearing(self._stream(body["keywords"]), desk, partials=body["partials"])
        self._open.append(hearing)
        try:
            while True:
                self._advance()
                waiting = self._model.is_ready(hearing.stream)
                if hearing.ended and not waiting:
                    return self._result(hearing, logprobs=body["logprobs"])
                yield Wait.TURN if waiting else Wait.INPUT
        finally:
            self._open.remove(hearing)

    def _stream(self, terms: Sequence[str]) -> Any:
        wanted = "/".join(filter(None, (term_in_letters(term) for term in terms)))
        if not wanted or not self._spells:
            return self._model.create_stream()
        with quiet():
            return self._model.create_stream(wanted.upper() if self._capitals else wanted)

    def _advance(self) -> None:
        for hearing in self._open:
            hearing.take_in()
        ready = [hearing for hearing in self._open if self._model.is_ready(hearing.stream)]
        if ready:
            self._model.decode_streams([hearing.stream for hearing in ready])
        for hearing in ready:
            hearing.tell(_readable(self._model.get_result(hearing.stream)))

    def _result(self, hearing: Hearing, *, logprobs: bool) -> dict[str, Any]:
        if hearing.samples < SHORTEST_S * ENGINE_RATE_HZ:
            return {"text": ""}
        stream = hearing.stream
        tokens, starts_s = self._model.tokens(stream), self._model.timestamps(stream)
        scores = self._model.ys_probs(stream)
        return {
            "text": _readable(self._model.get_result(stream)),
            "language": self._language,
            "words": list(words(tokens, starts_s, hearing.samples / ENGINE_RATE_HZ)),
            "logprobs": list(zip(tokens, map(float, scores), strict=False)) if logprobs else [],
        }

    def _warm(self) -> None:
        """The first call of a model is slow."""
        stream = self._model.create_stream()
        stream.accept_waveform(ENGINE_RATE_HZ, np.zeros(ENGINE_RATE_HZ, dtype=np.float32))
        stream.input_finished()
        while self._model.is_ready(stream):
            self._model.decode_stream(stream)


def words(tokens: list[str], starts_s: list[float], length_s: float) -> Iterator[tuple[str, float, float]]:
    """Tokens joined to words, with start and end in seconds; a token that begins a word says so by a mark."""
    groups: list[tuple[str, float]] = []
    for token, start_s in zip(tokens, starts_s, strict=False):
        if token.startswith(_WORD_MARKS) or not groups:
            groups.append((token.lstrip("▁ "), start_s))
        else:
            text, begin_s = groups[-1]
            groups[-1] = (text + token, begin_s)
    ends_s = [start_s for _, start_s in groups[1:]] + [length_s]
    for (text, start_s), end_s in zip(groups, ends_s, strict=False):
        if text.strip():
            yield _readable(text), start_s, max(start_s, min(end_s, start_s + 5 * WORD_S))


def knows_only_capitals(tokens: Path) -> bool:
    """Whether no token of a model, beside marks like `<blk>`, has a small letter."""
    names = [line.rpartition(" ")[0] for line in tokens.read_text(encoding="utf-8").splitlines()]
    return not any(name != name.upper() for name in names if not name.startswith("<"))


def term_in_letters(term: str) -> str:
    """A key term without the signs that the library reads as scores (`:2`) and ends (`/`)."""
    return " ".join(re.sub(r"[:#@/]", " ", term).split())


@contextmanager
def quiet() -> Iterator[None]:
    """The library writes to the standard error stream by itself: not inside."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _readable(text: str) -> str:
    """Many models know capitals only."""
    text = text.strip()
    return text.lower() if text.isupper() else text


if __name__ == "__main__":
    serve(Recogniser)
