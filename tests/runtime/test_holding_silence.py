"""Silence that is held, against recordings of people in noise: a session hears the same turns as if it heard it all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.testing.fakes import ScriptedStt
from tests.recordings import speech_24k
from tests.runtime.scenes import pieces, run
from tests.runtime.test_runner import Call


class Scribe(Call):
    """A call whose audio is either held where it may be, or all heard; `held` counts the frames that were."""

    def __init__(self, *, hold: bool, **engines: Any) -> None:
        super().__init__(stt=ScriptedStt(), **engines)
        self.held = 0
        self._hold = hold

    async def stream(self, audio: bytes) -> None:
        for chunk in pieces(audio, 48 * 40):
            append = ce.InputAudioBufferAppend(audio=chunk)
            if self._hold and self.runner.hold(append):
                self.held += 1
                continue
            self.runner.post(append)
            await self.runner.caught_up()

    @property
    def turns_ms(self) -> list[tuple[int, int]]:
        started = self.client.events.of(se.InputAudioBufferSpeechStarted)
        stopped = self.client.events.of(se.InputAudioBufferSpeechStopped)
        return [(one.audio_start_ms, other.audio_end_ms) for one, other in zip(started, stopped, strict=True)]


def noisy(name: str, noise_dbfs: float) -> bytes:
    """A recording said twice in a room with so much noise, three seconds of which come before each."""
    speech = np.frombuffer(speech_24k(name), "<i2").astype(np.float32)
    quiet = np.zeros(3 * 24_000, np.float32)
    whole = np.concatenate((quiet, speech, quiet, speech, quiet))
    noise = np.random.default_rng(5).standard_normal(len(whole)) * 32768 * 10 ** (noise_dbfs / 20)
    return np.clip(whole + noise, -32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize(("name", "noise_dbfs"), [("goforward", -120.0), ("goforward", -45.0), ("cards_001", -60.0)])
def test_no_onset_is_lost_of_what_follows_silence_that_was_held(name: str, noise_dbfs: float) -> None:
    async def scene(hold: bool) -> Scribe:
        vad: Any = installed().create("vad", "dual", {"webrtc": False})
        await vad.start()
        call = Scribe(hold=hold, vad=vad)
        await call.stream(noisy(name, noise_dbfs))
        await call.runner.close()
        await vad.close()
        return call

    held, heard = run(scene(True)), run(scene(False))
    assert len(held.turns_ms) == len(heard.turns_ms) >= 2
    for one, other in zip(held.turns_ms, heard.turns_ms, strict=True):
        assert abs(one[0] - other[0]) <= 32, "one window"
        assert abs(one[1] - other[1]) <= 32
    assert held.held > 120, "of 225 frames between the words"
