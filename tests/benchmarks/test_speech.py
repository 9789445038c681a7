"""Where in a recording the sound is."""

from __future__ import annotations

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.benchmarks.speech import LEAD_MS, TAIL_MS, Utterance
from tests.recordings import RECORDINGS, recording


@pytest.mark.parametrize("name", ["goforward", "cards_005"])
def test_the_sound_is_where_people_hear_it(name: str) -> None:
    utterance, known = Utterance.read(recording(name)), RECORDINGS[name]
    assert utterance.onset_ms - LEAD_MS == pytest.approx(known.speech_start_s * 1000, abs=60)
    assert utterance.end_ms - LEAD_MS == pytest.approx(known.speech_end_s * 1000, abs=60)
    assert utterance.pcm.endswith(bytes(TAIL_MS * 48))


def test_silence_is_no_speech(tmp_path: pytest.TempPathFactory) -> None:
    path = tmp_path / "silence.wav"  # type: ignore[operator]
    path.write_bytes(wav_bytes(np.zeros(8_000, "<i2").tobytes(), 16_000))
    with pytest.raises(ValueError, match="no sound"):
        Utterance.read(path)
