from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import soundfile

from ovos_voice_agent.engines.ovos.tts_worker import Speaker

pytestmark = pytest.mark.extra


class OldPlugin:
    """Old plugins take neither language nor voice, and write what they like: here stereo at 48 kHz."""

    def get_tts(self, sentence: str, wav_file: str) -> tuple[str, None]:
        soundfile.write(wav_file, np.full((4800 * len(sentence.split()), 2), 0.25), 48_000)
        return wav_file, None


def test_old_plugins_are_given_what_they_understand_and_files_tell_what_they_are() -> None:
    speaker = object.__new__(Speaker)
    import inspect

    parts: dict[str, Any] = {"_plugin": OldPlugin(), "_voices": {"anna": "f2"}, "_language": "en-US"}
    vars(speaker).update(parts, _known=inspect.signature(OldPlugin.get_tts).parameters)
    body = {"text": "two words", "voice": "anna", "language": "de", "speed": 1.0}
    [(samples, rate_hz)] = speaker.synthesise(body)
    assert (rate_hz, samples.shape) == (48_000, (9600,))
    assert np.allclose(samples, 0.25, atol=0.001)
