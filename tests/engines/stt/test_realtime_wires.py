"""The two families' events, where `test_openai_realtime.py` does not reach."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from ovos_voice_agent.engines.stt.realtime_wires import WIRES, Result
from ovos_voice_agent.errors import EngineError

WISHES = {"model": "m", "language": "", "prompt": "", "logprobs": False}


def sent(pcm: bytes, pieces: int) -> bytes:
    """What reaches a server of OpenAI's family when the utterance is cut into so many pieces."""
    wire = WIRES["openai"](**WISHES)
    size = -(-len(pcm) // pieces // 2) * 2
    cut = [pcm[at : at + size] for at in range(0, len(pcm), size)]
    events = [event for piece in cut for event in wire.audio(piece, last=piece is cut[-1])]
    return b"".join(base64.b64decode(event["audio"]) for event in events if "audio" in event)


@pytest.mark.parametrize("pieces", [3, 50])
def test_how_the_audio_was_cut_does_not_matter(pieces: int) -> None:
    pcm = (np.random.default_rng(1).normal(0, 3000, 24_000)).astype("<i2").tobytes()
    assert sent(pcm, pieces) == sent(pcm, 1)


def test_wishes_that_nobody_has_are_left_out() -> None:
    (update,) = WIRES["openai"](**WISHES).opening()
    assert update["session"]["audio"]["input"]["transcription"] == {"model": "m"}
    assert "include" not in update["session"]


@pytest.mark.parametrize("name", WIRES)
def test_other_events_change_nothing(name: str) -> None:
    result = Result("a", changed=True)
    assert WIRES[name](**WISHES).read({"type": "rate_limits.updated"}, result) is False
    assert (result.text, result.changed) == ("a", False)


@pytest.mark.parametrize("delta", [None, 5, ""])
def test_a_delta_that_is_none(delta: object) -> None:
    result = Result()
    WIRES["vllm"](**WISHES).read({"type": "transcription.delta", "delta": delta}, result)
    assert (result.text, result.changed) == ("", False)


@pytest.mark.parametrize("logprobs", [None, [{"token": "a"}], "x", [5]])
def test_broken_logprobs_are_none(logprobs: object) -> None:
    result = Result()
    event = {"type": "conversation.item.input_audio_transcription.completed", "transcript": "a", "logprobs": logprobs}
    assert WIRES["openai"](**WISHES).read(event, result)
    assert result.transcript({"language": "de"}).logprobs == ()
    assert result.transcript({"language": "de"}).language == "de"


def test_a_failed_transcript_is_an_error() -> None:
    with pytest.raises(EngineError):
        WIRES["openai"](**WISHES).read({"type": "conversation.item.input_audio_transcription.failed"}, Result())
