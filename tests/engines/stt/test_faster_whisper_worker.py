from __future__ import annotations

import pytest

from ovos_voice_agent.engines.stt.faster_whisper_worker import is_speech

pytestmark = pytest.mark.extra


@pytest.mark.parametrize(
    ("silent", "logprob", "ratio", "expected"),
    [
        (0.1, -0.3, 1.2, True),
        (0.9, -0.3, 1.2, True),
        (0.9, -1.5, 1.2, False),
        (0.1, -1.5, 1.2, True),
        (0.1, -0.3, 3.0, False),
    ],
)
def test_what_was_made_up_is_dropped(silent: float, logprob: float, ratio: float, *, expected: bool) -> None:
    assert is_speech(silent, logprob, ratio) is expected
