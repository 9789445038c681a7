"""The hosted service's recorded traffic: the same client frames, our answers; compared by keys and by order (5.10)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import LlmDone, LlmUsage, TextDelta, ToolCallDelta
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt
from tests.end_to_end.talking import Fakes, Talk, conversation

pytestmark = pytest.mark.real

RECORDINGS = Path(__file__).parent.parent / "data" / "recordings"

UNDECLARED = {"obfuscation", "phase", "reasoning_tokens"}
"""Keys that the hosted service sends now and then and no client needs (protocol.md 5.5, 5.6, 5.7)."""

OURS = {"output[].content[].transcript", "output[].status", "item.status", "logprobs"}
"""Keys that depend on what is said: the recordings need not have them."""

USAGE = LlmUsage(input_tokens=20, output_tokens=8)


def frames(name: str) -> list[tuple[str, dict[str, Any]]]:
    lines = (RECORDINGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(row["direction"], row["event"]) for row in map(json.loads, lines)]


def received(name: str) -> list[dict[str, Any]]:
    return [event for direction, event in frames(name) if direction == "received"]


async def replay(talk: Talk, name: str) -> None:
    """Send what the client sent, each frame when what came before it in the recording has come from us as well."""
    waiting: list[str] = []
    for direction, event in frames(name):
        if direction == "received":
            waiting.append(event["type"])
            continue
        await _all_came(talk, waiting)
        if event["type"] == "input_audio_buffer.append":
            await talk.say("goforward")
        else:
            await talk.sdk.send(event)  # type: ignore[arg-type]
    await _all_came(talk, waiting)


async def _all_came(talk: Talk, waiting: list[str]) -> None:
    """Wait for the turning points among the events waited for; how many deltas there are is the model's affair."""
    for kind in ("session.updated", "response.function_call_arguments.done", "response.done"):
        while talk.types().count(kind) < waiting.count(kind):
            await talk.next()


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all keys; elements of arrays count as one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in UNDECLARED:
                yield f"{path}.{key}".lstrip(".")
                yield from keys(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for element in value:
            yield from keys(element, f"{path}[]")


def keys_by_type(events: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for event in events:
        found[event["type"]].update(keys(event))
    return found


def skeleton(events: Iterable[dict[str, Any]]) -> list[str]:
    """The order of what is not free: without deltas, whose mix is free, without transcription, which comes
    early in a cascade, and without rate limits, which the recordings stop before."""
    free = (".delta", "rate_limits.updated")
    kinds = [event["type"] for event in events]
    return [kind for kind in kinds if "input_audio_transcription" not in kind and not kind.endswith(free)]


def assert_alike(talk: Talk, name: str) -> None:
    """The same keys in every event, the same order of events."""
    theirs, ours = keys_by_type(received(name)), keys_by_type(talk.events)
    assert set(theirs) <= set(ours)
    for kind, expected in theirs.items():
        assert expected - ours[kind] == set(), kind
        assert ours[kind] - expected - OURS == set(), kind
    assert skeleton(talk.events) == skeleton(received(name))


def play(name: str, fakes: Fakes) -> None:
    async def script(talk: Talk) -> None:
        await replay(talk, name)
        assert_alike(talk, name)

    conversation(script, fakes)


def test_a_text_turn_answered_in_audio() -> None:
    llm = ScriptedLlm([[TextDelta("Hi "), TextDelta("there!"), LlmDone(usage=USAGE)]])
    play("openai_text_in_audio_out", Fakes(llm=llm))


def test_a_spoken_turn_with_server_vad() -> None:
    llm = ScriptedLlm([[TextDelta("Nice to "), TextDelta("meet you."), LlmDone(usage=USAGE)]])
    play("openai_audio_in_server_vad", Fakes(stt=ScriptedStt(["go forward ten meters"]), llm=llm))


def test_a_tool_call_round() -> None:
    call = ToolCallDelta(0, '{"city":"London"}', call_id="call_uMNE0Myi2tDTPu0w", name="get_weather")
    answer = [TextDelta("It is "), TextDelta("foggy."), LlmDone(usage=USAGE)]
    play("openai_tool_call_round", Fakes(llm=ScriptedLlm([[call, LlmDone(usage=USAGE)], answer])))
