"""Recognisers whose models live in worker processes: the engine's side, the same for all of them.

Rules:

- A task begins with the fields of `SttOptions` that matter to a model, gets pieces of pcm and then an empty one. Its
  items are pairs of texts (stable, unstable), its result is a table: `text`, and where known `language`, `words` (text,
  start and end in seconds, probability), `logprobs` (token, logarithm) and `memory`.
- An utterance goes to the worker with the fewest of them and stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ovos_voice_agent.engines.interface import EngineInfo, Partial, SttOptions, Transcript, Word
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import Call, Worker, WorkerSpec
from ovos_voice_agent.errors import ClientError


class WorkerStt(WorkerEngine):
    """Implements `Stt`. `languages` are those that a session may ask for; empty: any."""

    def __init__(
        self, info: EngineInfo, spec: WorkerSpec, *, workers: int = 1, timeout_s: float = 30.0, language: str = ""
    ) -> None:
        """`timeout_s`: how long `finish` may take. `language` is asked for where a session asks for none."""
        super().__init__(spec, workers)
        self._info = info
        self._timeout_s = timeout_s
        self._language = language or None
        self.description: Mapping[str, Any] = {}
        """What a worker told of itself when it was ready."""

    @property
    def info(self) -> EngineInfo:
        return self._info

    def _take_description(self, described: Any) -> None:
        self.description = described

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> WorkerSttStream:
        """Begin an utterance. Raises ClientError for a language that the model does not know."""
        language = options.language or self._language
        if language and not speaks(self.info.languages, language):
            known = ", ".join(self.info.languages)
            raise ClientError(f"the recogniser {self.info.name} knows {known}, not '{language[:20]}'", param="language")
        return WorkerSttStream(self._freest(), wishes(options, language), on_partial, self._timeout_s)


class WorkerSttStream:
    """Implements `SttStream`."""

    def __init__(
        self, worker: Worker, body: Mapping[str, Any], on_partial: Callable[[Partial], None], timeout_s: float
    ) -> None:
        self._timeout_s = timeout_s
        self._memory = body.get("memory")
        self._call: Call = worker.call(body, lambda item: on_partial(Partial(stable=item[0], unstable=item[1])))

    @property
    def memory(self) -> Any:
        return self._memory

    def feed(self, pcm: bytes) -> None:
        if pcm:
            self._call.send(pcm)

    async def finish(self) -> Transcript:
        """The transcript. Raises EngineError when the worker died, EngineTimeout after the time limit."""
        self._call.send(b"")
        result = await self._call.wait(self._call.result, self._timeout_s)
        self._memory = result.get("memory")
        return Transcript(
            text=result["text"],
            language=result.get("language"),
            words=tuple(Word(*word) for word in result.get("words", ())),
            logprobs=tuple((token, logprob) for token, logprob in result.get("logprobs", ())),
        )

    def cancel(self) -> None:
        self._call.drop()


def wishes(options: SttOptions, language: str | None) -> dict[str, Any]:
    """What a worker is told of an utterance; memory must be what a worker gave."""
    return {
        "language": language,
        "languages": list(options.languages),
        "prompt": options.prompt,
        "keywords": list(options.keywords),
        "translate": options.translate,
        "word_times": options.word_times,
        "logprobs": options.logprobs,
        "partials": options.partials,
        "memory": options.memory,
    }


def speaks(known: Sequence[str], language: str) -> bool:
    """Whether one of the languages, or its family (`en` for `en-GB`), is the wanted one; none known means any."""
    wanted = language.lower().replace("_", "-").partition("-")[0]
    return not known or any(code.lower().partition("-")[0] == wanted for code in known)
