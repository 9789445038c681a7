"""The recordings are what the table says, wherever they came from."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from tests.recordings import RATE_HZ, RECORDINGS, recording, samples_16k, speech_24k, transcript


@pytest.mark.parametrize("name", RECORDINGS)
def test_speech_stands_where_the_table_says(name: str) -> None:
    energy = samples_16k(name).astype(np.float64) ** 2
    begin_s, end_s = RECORDINGS[name].speech_start_s - 0.1, RECORDINGS[name].speech_end_s + 0.1
    inside = energy[max(0, round(begin_s * RATE_HZ)) : round(end_s * RATE_HZ)]
    assert inside.sum() > 0.95 * energy.sum()


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_is_16_khz_mono_int16_and_has_words(name: str) -> None:
    with wave.open(str(recording(name))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
    assert transcript(name) == transcript(name).lower().strip() != ""


def test_24_khz_is_as_long_and_as_loud() -> None:
    wide = np.frombuffer(speech_24k("goforward"), dtype="<i2").astype(np.float64)
    narrow = samples_16k("goforward").astype(np.float64)
    assert len(wide) == len(narrow) * 3 // 2
    assert np.sqrt(np.mean(wide**2)) == pytest.approx(np.sqrt(np.mean(narrow**2)), rel=0.02)


def test_a_name_that_only_some_machines_have_is_refused() -> None:
    with pytest.raises(KeyError):
        recording("jfk")
