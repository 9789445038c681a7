"""openai-node as it is, against everything that the server has over HTTP: a program of it, each step judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.environments import node_environment
from tests.end_to_end.test_clients import PROGRAMS, SAID, needs_node, run
from tests.recordings import recording

pytestmark = [pytest.mark.real, pytest.mark.slow]

REFUSED = {"name": "BadRequestError", "status": 400, "code": "invalid_value", "has_id": True}
TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
STEPS: list[dict[str, Any]] = [
    {"step": "models", "has": True, "id": "gpt-realtime", "object": "model"},
    {
        "step": "no model",
        "name": "NotFoundError",
        "status": 404,
        "code": "model_not_found",
        "param": "model",
        "has_id": True,
    },
    {"step": "speech", **{name: [kind, True] for name, kind in TYPES.items()}},
    {"step": "speech events", "first": "speech.audio.delta", "last": "speech.audio.done"},
    {"step": "no voice", **REFUSED, "param": "voice"},
    {"step": "transcription", "text": SAID, "usage": {"type": "duration", "seconds": 3}},
    {"step": "verbose", "language": "english", "segments": 1, "duration": 2.786},
    {"step": "subtitles", "cue": True},
    {"step": "stream", "type": "transcript.text.done", "text": SAID, "whole": True},
    {"step": "translation", "text": SAID},
    {"step": "no sound", **REFUSED, "param": "file"},
    {"step": "chat", "answer": "You said: good morning."},
    {"step": "chat stream", "answer": "You said: good evening."},
    {"step": "chat tool", "name": "get_weather", "arguments": {"city": "London"}},
    {"step": "chat audio", "transcript": "You said: hello.", "riff": "RIFF"},
    {"step": "secret", "ephemeral": True, "soon": True, "type": "realtime", "instructions": "Be brief."},
]


@needs_node
def test_openai_node_over_http() -> None:
    program = ("node", PROGRAMS / "openai_node_rest.mjs", "{url}", recording("goforward"))
    assert run(*program, cwd=node_environment("openai-node")).steps == STEPS
