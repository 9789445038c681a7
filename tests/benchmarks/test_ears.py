"""Which servers are heard, and how."""

from __future__ import annotations

import pytest

from ovos_voice_agent.benchmarks.clips import Recording
from ovos_voice_agent.benchmarks.ears import EVERY, variants
from ovos_voice_agent.benchmarks.hearing import SEMANTICS
from tests.recordings import recording


def test_without_a_model_there_is_one_server() -> None:
    [only] = variants("dual", "")
    assert (only.label, only.ears.vad, only.points) == ("", "dual", EVERY)


def test_a_model_is_heard_with_the_words_and_alone() -> None:
    _, fused, alone = variants("silero", "/models/turn.onnx")
    assert fused.ears.turn_model == alone.ears.turn_model == "/models/turn.onnx"
    assert (fused.ears.words, alone.ears.words) == (True, False)
    assert fused.points == alone.points == SEMANTICS
    assert fused.label != alone.label


@pytest.mark.parametrize("name", ["cards_001"])
def test_recordings_have_what_every_point_needs(name: str) -> None:
    assert Recording.read(recording(name)).words
