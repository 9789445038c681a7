"""The worker process around an OVOS voice.

Plugins write files: these go to memory where the system has such a folder, and what they hold is read from them, for
their names and the plugin's claims lie.
"""

from __future__ import annotations

import copy
import inspect
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from ovos_voice_agent.engines.ovos.loading import load
from ovos_voice_agent.engines.sentence_worker import Samples, SentenceService
from ovos_voice_agent.engines.worker_loop import serve

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


class Speaker:
    """The plugin."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        found, config = load(options)
        self._plugin = found(config=copy.deepcopy(config))
        self._voices = options["voices"]
        self._language = config["lang"]
        self._known = inspect.signature(found.get_tts).parameters
        validator = getattr(self._plugin, "validator", None)
        if validator is not None:
            validator.validate()
        [(_, self.rate_hz)] = self.synthesise({"text": "ready", "voice": "default", "language": None, "speed": 1.0})

    def synthesise(self, body: Mapping[str, Any]) -> Iterator[tuple[Samples, int]]:
        """One sentence. The speed is the plugin's: most have no way to tell them another."""
        wishes = {"lang": body["language"] or self._language, "voice": self._voices.get(body["voice"])}
        understood = {key: wish for key, wish in wishes.items() if key in self._known and wish}
        memory = _MEMORY if _MEMORY.is_dir() else None
        with tempfile.TemporaryDirectory(dir=memory, prefix="ovos-voice-agent-") as folder:
            told = self._plugin.get_tts(body["text"], str(Path(folder) / "sentence.wav"), **understood)
            written = told[0] if isinstance(told, tuple) else told
            samples, rate_hz = soundfile.read(str(written), dtype="float32", always_2d=True)
        yield np.asarray(samples.mean(axis=1), dtype=np.float32), int(rate_hz)


def make(options: Mapping[str, Any]) -> SentenceService:
    """What the process does."""
    speaker = Speaker(options)
    return SentenceService(speaker.synthesise, speaker.rate_hz)


if __name__ == "__main__":
    serve(make)
