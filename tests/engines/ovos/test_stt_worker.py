from __future__ import annotations

import threading
from queue import Queue
from typing import Any

import pytest

from ovos_voice_agent.engines.ovos.stt_worker import Recogniser
from ovos_voice_agent.engines.worker_loop import Task

pytestmark = pytest.mark.extra


class SlowStream(threading.Thread):
    """Counts what it was given, and is ready only when it took the end."""

    def __init__(self, queue: Queue[bytes | None]) -> None:
        super().__init__()
        self._queue, self.count, self.done = queue, 0, False

    def run(self) -> None:
        while (piece := self._queue.get()) is not None:
            self.count += len(piece)
        self.done = True


class StreamingPlugin:
    """As plugins that stream are: their text is wrong when asked for too early."""

    can_stream = True

    def stream_start(self, language: str) -> None:
        self.language, self.queue = language, Queue[Any]()
        self.stream = SlowStream(self.queue)
        self.stream.start()

    def stream_data(self, data: bytes) -> None:
        self.queue.put(data)

    def stream_stop(self) -> str:
        return f"{self.stream.count} {self.stream.done} {self.language}"


class SilentPlugin:
    """As the plugin of OVOS' server is when no server answers."""

    can_stream = False

    def execute(self, _audio: Any, _language: str) -> None:
        return None


class Desk:
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def take(self) -> bytes | None:
        return self._pieces.pop(0) if self._pieces else None

    def emit(self, body: Any) -> None:
        raise AssertionError(body)


def recogniser(plugin: Any) -> Recogniser:
    made = object.__new__(Recogniser)
    made._plugin, made._language, made._audio_data = plugin, "en-US", lambda *parts: parts
    return made


def result(task: Task) -> Any:
    while True:
        try:
            next(task)
        except StopIteration as end:
            return end.value


def test_a_plugin_that_streams_is_asked_when_it_took_everything_in() -> None:
    task = recogniser(StreamingPlugin()).begin({"language": "de"}, Desk(bytes(5000), bytes(5001), b""))
    assert result(task) == {"text": "10001 True de", "language": "de"}


def test_no_answer_is_a_failure_and_no_audio_is_no_words() -> None:
    with pytest.raises(RuntimeError, match="no transcript"):
        result(recogniser(SilentPlugin()).begin({"language": None}, Desk(bytes(5000), b"")))
    assert result(recogniser(SilentPlugin()).begin({"language": None}, Desk(bytes(50), b""))) == {"text": ""}
