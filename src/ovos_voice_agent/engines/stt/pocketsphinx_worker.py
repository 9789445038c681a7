"""The recogniser's worker process: a few decoders, and utterances that take turns on them.

Rules:

- An utterance has a decoder of its own from when one is free until its end; what comes before that waits. Decoding is
  cut into slices, so that utterances take turns and a dropped one stops within a slice.
- `reinit_feat` before each utterance, and each measurement. A decoder that has decoded live once keeps something in its
  feature extraction that raises the errors of all later utterances from 21 to 29 %; this clears it in 0.1 ms.
- The cepstral mean decides the accuracy. A session's later utterances start from the mean of the last (22 % errors).
  The first one starts from the mean of its first `EARLY_S` (25 %), so that there is something to show, and is decoded
  once more from the mean of its first `SETTLED_S`, or of all of it when it is shorter (22 %; 21 % when it is known
  whole). Percentages: 328 words of a dozen speakers.
- The mean is measured in a decoder with a dictionary of one word and no language model: 6 MB instead of 93.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pocketsphinx

from ovos_voice_agent.engines.stt.stable_head import StableHead
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

BYTES_PER_S = 32_000
SLICE_BYTES = BYTES_PER_S // 10
"""0.1 s of speech takes 12 to 20 ms to decode."""
EARLY_S = 1.2
SETTLED_S = 2.5
SHORTEST_S = 0.1
"""No word is shorter; the decoder refuses less than one frame (25 ms)."""
CAUGHT_UP_BYTES = 3 * SLICE_BYTES
"""After a restart hypotheses begin anew: none is shown before decoding is this close to what was heard."""
FRAME_S = 0.01

_VARIANT = re.compile(r"\(\d+\)$")


def new_decoder() -> Any:
    """Settings of the best accuracy per time: the flat second pass doubles the time and gains nothing."""
    return pocketsphinx.Decoder(loglevel="FATAL", fwdflat=False, maxhmmpf=6000, lw=5.0)


class MeanMeter:
    """Measures the cepstral mean of a stretch of speech; 5 ms for a second of it."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            words = Path(folder) / "words.dict"
            words.write_text("yes Y EH S\n", encoding="utf-8")
            self._decoder = pocketsphinx.Decoder(loglevel="FATAL", lm=None, dict=str(words))
        self._decoder.add_jsgf_string("yes", "#JSGF V1.0; grammar yes; public <yes> = yes;")
        self._decoder.activate_search("yes")

    def measure(self, pcm: bytes) -> str:
        """The mean in the decoder's own notation. `pcm` is mono int16 at 16 kHz, at least `SHORTEST_S` of it."""
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, no_search=True, full_utt=True)
        mean = str(self._decoder.get_cmn(False))
        self._decoder.end_utt()
        return mean


class Utterance:
    """One utterance on a decoder that it has for itself."""

    def __init__(self, decoder: Any, meter: MeanMeter, mean: str | None) -> None:
        self._decoder = decoder
        self._meter = meter
        self._mean = mean
        self._pending = bytearray()
        self._decoded = bytearray()  # kept until the mean is settled, for a fresh start
        self._open = False
        self._settled = False
        self._replaying = False
        self.ended = False

    def feed(self, pcm: bytes) -> None:
        self._pending += pcm

    def end(self) -> None:
        """All was fed."""
        self.ended = True

    @property
    def has_news(self) -> bool:
        """Whether the hypothesis is about more than was shown before."""
        return not self._replaying

    def advance(self) -> bool:
        """Decode a slice. Returns whether there was enough for one."""
        self._choose_mean()
        enough = bool(self._pending) if self.ended else len(self._pending) >= SLICE_BYTES
        if not self._open or not enough:
            return False
        piece = bytes(self._pending[:SLICE_BYTES])
        del self._pending[:SLICE_BYTES]
        self._replaying = self._replaying and len(self._pending) >= CAUGHT_UP_BYTES
        if not self._settled:
            self._decoded += piece
        self._decoder.process_raw(piece, no_search=False, full_utt=False)
        return True

    def hypothesis(self) -> list[str]:
        """The words so far."""
        best = self._decoder.hyp() if self._open else None
        return [_VARIANT.sub("", word) for word in best.hypstr.split()] if best else []

    def finish(self) -> tuple[list[tuple[str, float, float, float]], str | None]:
        """Words (text, start and end in seconds, probability), and the mean for the next utterance of the session."""
        if not self._open:
            return [], self._mean
        self.release()
        words = list(self._words())
        return words, str(self._decoder.get_cmn(True)) if words else self._mean

    def release(self) -> None:
        """Leave the decoder ready for another utterance."""
        if self._open:
            self._open = False
            self._decoder.end_utt()

    def _choose_mean(self) -> None:
        if self._settled:
            return
        heard_s = (len(self._decoded) + len(self._pending)) / BYTES_PER_S
        if self._mean:
            self._start(self._mean, settled=True)
        elif heard_s >= SETTLED_S:
            self._start(self._measure(SETTLED_S), settled=True)
        elif self.ended and heard_s >= SHORTEST_S:
            self._start(self._measure(heard_s), settled=True)
        elif heard_s >= EARLY_S and not self._open:
            self._start(self._measure(EARLY_S), settled=False)

    def _measure(self, seconds: float) -> str:
        return self._meter.measure(bytes(self._decoded + self._pending)[: 2 * round(seconds * BYTES_PER_S / 2)])

    def _start(self, mean: str, *, settled: bool) -> None:
        """Decode from the beginning."""
        self.release()
        self._replaying = bool(self._decoded)
        self._pending = self._decoded + self._pending
        self._decoded = bytearray()
        self._settled = settled
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.set_cmn(mean)
        self._open = True

    def _words(self) -> Iterator[tuple[str, float, float, float]]:
        for part in self._decoder.seg() or ():
            if not part.word.startswith(("<", "[", "+")):
                text = _VARIANT.sub("", part.word)
                yield text, part.start_frame * FRAME_S, (part.end_frame + 1) * FRAME_S, min(1.0, part.prob)


class Recogniser:
    """Implements `Service`: input is pieces of mono int16 at 16 kHz, then an empty piece; items are pairs of texts."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._free = [new_decoder() for _ in range(options["streams"])]
        self._meter = MeanMeter()
        self._warm()

    def describe(self) -> dict[str, Any]:
        return {}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._hear(body["mean"], desk, partials=body["partials"])

    def _hear(self, mean: str | None, desk: Desk, *, partials: bool) -> Task:
        while not self._free:
            yield Wait.PEER
        decoder = self._free.pop()
        utterance = Utterance(decoder, self._meter, mean)
        head = StableHead()
        try:
            while True:
                _take_all(desk, utterance)
                advanced = utterance.advance()
                if utterance.ended and not advanced:
                    break
                if partials and advanced and utterance.has_news and head.push(utterance.hypothesis()):
                    desk.emit((" ".join(head.stable), " ".join(head.unstable)))
                yield Wait.TURN if advanced else Wait.INPUT
            words, mean = utterance.finish()
            return {"words": words, "mean": mean}
        finally:
            utterance.release()
            self._free.append(decoder)

    def _warm(self) -> None:
        """Touch what the first utterance would otherwise load."""
        for decoder in self._free:
            utterance = Utterance(decoder, self._meter, None)
            utterance.feed(bytes(BYTES_PER_S // 2))
            utterance.end()
            while utterance.advance():
                pass
            utterance.finish()


def _take_all(desk: Desk, utterance: Utterance) -> None:
    """Move all input to the utterance; an empty piece is its end."""
    while (pcm := desk.take()) is not None:
        if pcm:
            utterance.feed(pcm)
        else:
            utterance.end()


if __name__ == "__main__":
    serve(Recogniser)
