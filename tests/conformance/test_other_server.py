"""Another public server, of a pinned version: what is reported of it is true, and what is true of it is reported.

aimock is a server for tests of other programs, which knows part of the protocol. Each case below was compared by hand
with its source and with the protocol reference. A case that is in neither list must not fail.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ovos_voice_agent.conformance.run import Result, run
from ovos_voice_agent.conformance.suite import load
from ovos_voice_agent.conformance.wire import Target
from tests.clients.environments import node_environment
from tests.conformance.correct_server import JOBS, manner

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed: the other server cannot run"),
]

PATIENCE_S = 1.0
ANSWERS = {
    "fixtures": [
        {
            "match": {"userMessage": "temperature", "hasToolResult": False},
            "response": {"toolCalls": [{"name": "get_temperature", "arguments": json.dumps({"room": "kitchen"})}]},
        },
        {"match": {"userMessage": "Repeat"}, "response": {"content": "One two three four five six seven eight."}},
        {"match": {}, "response": {"content": "Four is the answer."}},
    ]
}

TRUE_OF_IT = {
    "no turn detection, neither as a default nor in effect": [
        "connection.server-vad-by-default",
        "turns.speech-noticed",
        "turns.idle-timeout",
    ],
    "keys of the preview in sessions, keys of today left out": [
        "events.keys.session.created",
        "events.keys.session.updated",
    ],
    "keys left out of responses, items, errors and commits": [
        "events.keys.response.created",
        "events.keys.response.done",
        "events.keys.item.conversation.item.added",
        "events.keys.conversation.item.done",
        "events.keys.error",
        "rest.model-unknown",
        "session.error-names-event",
        "events.keys.input_audio_buffer.committed",
        "events.strict.input_audio_buffer.committed",
        "events.strict.response.function_call_arguments.done",
    ],
    "parts are called as contents are": [
        "events.strict.response.content_part.added",
        "events.strict.response.content_part.done",
        "responses.text-part",
    ],
    "items are added or done, not both, and in another order": [
        "conversation.items-done",
        "conversation.items-added",
        "responses.comes.conversation.item.added",
        "responses.order.conversation.item.done-before-response.output_item.done",
    ],
    "a commit adds no item, is transcribed only in transcription sessions, and may be empty": [
        "turns.committed-added",
        "input.transcribed",
        "input.commit-too-early",
        "input.g711-length",
        "conversation.commit-nothing",
    ],
    "unknown, wrong and missing values are taken": [
        "session.session-missing",
        "session.session-type-missing",
        "session.beta-shape",
        "session.key-unknown",
        "session.type-wrong",
        "session.turn-detection-unknown",
        "session.threshold-range",
        "session.eagerness-unknown",
        "session.noise-reduction-unknown",
        "session.tool-choice-unknown",
        "session.tool-type-unknown",
        "session.truncation-range",
        "session.silence-range",
        "session.idle-timeout-range",
        "session.speed-range",
        "session.max-output-tokens-range",
        "session.modality-unknown",
        "session.format-rate",
        "session.format-as-string",
        "session.tool-without-name",
        "conversation.item-type-unknown",
        "conversation.item-content-unknown",
        "conversation.item-text-missing",
        "conversation.item-role-missing",
        "conversation.call-name-missing",
        "conversation.output-call-missing",
        "conversation.item-duplicate",
        "conversation.item-previous-unknown",
        "conversation.item-id-too-long",
        "conversation.output-without-call",
        "conversation.metadata-key-too-long",
        "conversation.metadata-value-too-long",
        "conversation.metadata-too-many",
        "conversation.response-tokens-range",
        "conversation.response-modality-unknown",
        "transcription.realtime-in-transcription",
    ],
    "other codes, or none": ["session.transcription-in-realtime", "conversation.item-missing"],
    "unknown events, and many known ones, are ignored": [
        "session.type-missing",
        "session.type-unknown",
        "conversation.retrieve",
        "conversation.retrieve-unknown",
        "conversation.retrieve-without-id",
        "conversation.delete-answered",
        "conversation.delete-unknown",
        "conversation.delete-without-id",
        "conversation.truncate-unknown",
        "conversation.truncate-text",
        "conversation.truncate-without-end",
        "conversation.append-nothing",
        "conversation.append-number",
        "conversation.append-not-base64",
    ],
    "a cancel is answered by an event of its own": ["conversation.cancel-nothing", "responses.cancel-twice"],
    "places, tool choice, limits and bands are ignored": [
        "conversation.root",
        "session.tool-choice",
        "tools.required",
        "responses.max-output-tokens",
        "responses.out-of-band-leaves-no-items",
    ],
    "these answers are text where audio is asked for": ["responses.audio-content"],
}


@asynccontextmanager
async def aimock(folder: Path) -> AsyncIterator[str]:
    """Its base address."""
    answers = folder / "answers.json"
    answers.write_text(json.dumps(ANSWERS))
    program = node_environment("aimock") / "node_modules" / ".bin" / "llmock"
    process = await asyncio.create_subprocess_exec(
        *("node", program, "--port", "0", "--fixtures", answers),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while b"listening on " not in (line := await process.stdout.readline()):
                assert line, "it ended before it listened"
        yield line.decode().partition("listening on ")[2].strip() + "/v1"
    finally:
        process.terminate()
        await process.communicate()


def judged(folder: Path) -> Result:
    async def play() -> Result:
        async with aimock(folder) as url:
            return await run(Target(url, "sk-any", "gpt-realtime"), load().harmless(), manner(PATIENCE_S), jobs=JOBS)

    return asyncio.run(play())


def test_its_faults_are_reported_and_no_others(tmp_path: Path) -> None:
    result = judged(tmp_path)
    assert sorted(result.named("failed")) == sorted(name for names in TRUE_OF_IT.values() for name in names)
    assert len(result.named("passed")) > 100
