"""PocketSphinx: the recogniser in the box, English, offline, in worker processes because it never releases the GIL.

Rules:

- An utterance goes to the worker with the fewest of them and stays there. More utterances than decoders wait with their
  audio in the worker, first come first served.
- There is no pass after the end of speech: `pocketsphinx_worker.py` says how one pass reaches the same accuracy. What
  `finish` waits for is the last tenth of a second, or, in a session's first utterance, the decoding of up to 2.5 s.
- `SttStream.memory` is the cepstral mean, a text: give it to the next utterance of the same session.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.engines.cores import spare_cores
from ovos_voice_agent.engines.interface import EngineInfo, Partial, SttOptions, Transcript, Word
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import Call, Worker, WorkerSpec
from ovos_voice_agent.errors import ClientError

_INFO = EngineInfo(
    kind="stt",
    name="pocketsphinx",
    quality="PocketSphinx, English: gets one word in four or five wrong on read sentences, fewer in short commands and "
    "more in noise; enough to try things out",
    better='[engines.stt] name = "sherpa-onnx" or "faster-whisper", or "openai" with the address of a server',
    languages=("en",),
    word_times=True,
    confidence=True,
    models=("pocketsphinx",),
)

_MODULE = "ovos_voice_agent.engines.stt.pocketsphinx_worker"
_WORKERS_LIMIT = 4
_UNSURE = 1e-6
"""The least probability a word is given, so that its logarithm is a number."""


@dataclass(frozen=True, slots=True)
class Options:
    """`workers`: processes, 1 to 32; each uses one core when it is busy. `streams_per_worker`: decoders in each, 1 to 8
    at 93 MB; so many people can speak at once before others wait. `timeout_s`: how long `finish` may take."""

    workers: int
    streams_per_worker: int = 2
    timeout_s: float = 30.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key."""
        reader = OptionReader(options)
        read = cls(
            workers=reader.maybe_integer("workers", 1, 32) or _default_workers(),
            streams_per_worker=reader.maybe_integer("streams_per_worker", 1, 8) or 2,
            timeout_s=reader.number("timeout_s", 30.0, 0.1, 600.0),
        )
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> PocketSphinx:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    return PocketSphinx(Options.read(options))


class PocketSphinx(WorkerEngine):
    """Implements `Stt`; a worker is ready after 0.5 s for each two decoders."""

    def __init__(self, options: Options) -> None:
        body = {"streams": options.streams_per_worker}
        super().__init__(WorkerSpec("the recogniser", _MODULE, body, brief=True), options.workers)
        self._options = options

    @property
    def info(self) -> EngineInfo:
        return _INFO

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> PocketSphinxStream:
        """Begin an utterance. Raises ClientError for a language other than English."""
        if options.language and options.language.lower().split("-")[0] != "en":
            raise ClientError(
                f"the recogniser pocketsphinx knows English only, not '{options.language[:20]}'", param="language"
            )
        return PocketSphinxStream(self._freest(), options, on_partial, self._options.timeout_s)


class PocketSphinxStream:
    """Implements `SttStream`."""

    def __init__(
        self, worker: Worker, options: SttOptions, on_partial: Callable[[Partial], None], timeout_s: float
    ) -> None:
        mean = options.memory if isinstance(options.memory, str) else None
        self._timeout_s = timeout_s
        self._logprobs = options.logprobs
        self._memory = mean
        self._call: Call = worker.call(
            {"mean": mean, "partials": options.partials},
            lambda item: on_partial(Partial(stable=item[0], unstable=item[1])),
        )

    @property
    def memory(self) -> str | None:
        return self._memory

    def feed(self, pcm: bytes) -> None:
        if pcm:
            self._call.send(pcm)

    async def finish(self) -> Transcript:
        """The transcript. Raises EngineError when the worker died, EngineTimeout after `timeout_s`."""
        self._call.send(b"")
        result = await self._call.wait(self._call.result, self._timeout_s)
        self._memory = result["mean"]
        return self._transcript([Word(*word) for word in result["words"]])

    def cancel(self) -> None:
        self._call.drop()

    def _transcript(self, words: list[Word]) -> Transcript:
        logprobs = ((word.text, math.log(max(_UNSURE, word.probability or 0.0))) for word in words)
        return Transcript(
            text=" ".join(word.text for word in words),
            language="en",
            words=tuple(words),
            logprobs=tuple(logprobs) if self._logprobs else (),
        )


def _default_workers() -> int:
    """As many as there are cores that no event loop needs, at most four."""
    return min(_WORKERS_LIMIT, spare_cores())
