"""The worker process around an OVOS recogniser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.engines.ovos.loading import languages, load
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

SHORTEST_S = 0.1
STREAM_BYTES = 4096
STREAM_END_S = 60.0


class Recogniser:
    """Implements `Service`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        from ovos_plugin_manager.utils.audio import AudioData  # heavy, so not before it is needed

        found, config = load(options)
        self._audio_data = AudioData
        self._plugin = found(config=config)
        self._language = config["lang"]
        self._languages = languages(self._plugin)

    def describe(self) -> dict[str, Any]:
        return {"languages": self._languages}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._hear(body, desk)

    def _hear(self, body: Any, desk: Desk) -> Task:
        heard = bytearray()
        ended = False
        while not ended:
            yield Wait.INPUT
            while (pcm := desk.take()) is not None:
                heard += pcm
                ended = ended or not pcm
        language = body["language"] or self._language
        if len(heard) < 2 * SHORTEST_S * ENGINE_RATE_HZ:
            return {"text": ""}
        text = self._recognise(bytes(heard), language)
        if text is None:  # an empty text is 'no words', None is 'it failed'
            raise RuntimeError("the plugin gave no transcript")
        return {"text": text.strip(), "language": language}

    def _recognise(self, pcm: bytes, language: str) -> str | None:
        if not getattr(self._plugin, "can_stream", False):
            text: str | None = self._plugin.execute(self._audio_data(pcm, ENGINE_RATE_HZ, 2), language)
            return text
        return self._stream(pcm, language)

    def _stream(self, pcm: bytes, language: str) -> str | None:
        """Plugins that stream tell their text while it is still being made: wait until all was taken in."""
        self._plugin.stream_start(language)
        for at in range(0, len(pcm), STREAM_BYTES):
            self._plugin.stream_data(pcm[at : at + STREAM_BYTES])
        self._plugin.queue.put(None)
        self._plugin.stream.join(STREAM_END_S)
        text: str | None = self._plugin.stream_stop()
        return text


if __name__ == "__main__":
    serve(Recogniser)
