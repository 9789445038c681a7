"""Scripts of the stub language model: what it streams, in every shape that real servers are known to send."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Shape = Literal["openai", "pieces", "whole", "same_index", "no_index", "no_id", "object", "interleaved"]
"""How tool calls come: `openai` name first, then arguments in pieces; `pieces` one or two characters each; `whole` each
call in one chunk; `same_index` whole, all with index 0; `no_index` and `no_id` without that field; `object` arguments
as an object; `interleaved` the pieces of all calls in turns."""

Ending = Literal["done", "no_done", "die", "hang", "stay_open", "refuse", "error"]
"""`no_done` closes without the end mark; `die` breaks the connection; `hang` stops sending after the text; `stay_open`
sends `finish_reason` and then nothing; `refuse` breaks before the answer; `error` sends an error object."""


@dataclass(frozen=True, slots=True)
class ChatScript:
    """One answer of the stub language model."""

    text: str = "Hello there. I am a scripted answer."
    first_delay_s: float = 0.0
    token_delay_s: float = 0.0
    calls: tuple[tuple[str, str], ...] = ()  # name and arguments as JSON text
    shape: Shape = "openai"
    reasoning: str = ""
    reasoning_field: Literal["reasoning_content", "reasoning", "content"] = "reasoning_content"
    ending: Ending = "done"
    finish_reason: str | None = None  # None: as OpenAI would
    usage: bool = True
    raw: tuple[bytes, ...] = ()  # sent as they are, instead of everything else
    noise: bool = True  # comments, role chunk, empty choices, null content
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    rejects: tuple[str, ...] = ()  # fields answered with a 400 that names them


async def chat_events(script: ChatScript, request: dict[str, Any]) -> AsyncIterator[bytes]:
    """The bytes of one answer. Raises EOFError where the script says that the server dies."""
    for piece in script.raw:
        yield piece
    if not script.raw:
        for delta in _deltas(script):
            yield _chunk(delta)
            await asyncio.sleep(script.token_delay_s)
    if script.ending == "die":
        raise EOFError
    if script.ending == "hang":
        await asyncio.Event().wait()
    if script.ending == "error":
        yield _data({"error": {"message": "the model crashed", "code": 500}})
        return
    if not script.raw:
        for piece in _end(script, request):
            yield piece
    if script.ending == "stay_open":
        await asyncio.Event().wait()


def _end(script: ChatScript, request: dict[str, Any]) -> Iterator[bytes]:
    yield _chunk({}, script.finish_reason or ("tool_calls" if script.calls else "stop"))
    if script.ending == "stay_open":
        return
    if script.usage and (request.get("stream_options") or {}).get("include_usage"):
        yield _data({"object": "chat.completion.chunk", "choices": [], "usage": _usage(script, request)})
    if script.ending != "no_done":
        yield b"data: [DONE]\n\n"


def _usage(script: ChatScript, request: dict[str, Any]) -> dict[str, Any]:
    """Numbers by the rule of this stub: one token for each word."""
    prompt = sum(len(str(message.get("content") or "").split()) for message in request.get("messages", []))
    answer = len(script.text.split())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "prompt_tokens_details": {"cached_tokens": prompt // 2},
        "completion_tokens_details": {"reasoning_tokens": len(script.reasoning.split())},
    }


def _deltas(script: ChatScript) -> Iterator[dict[str, Any] | None]:
    if script.noise:
        yield None
        yield {"role": "assistant", "content": None}
        yield {}
    field_name: str = script.reasoning_field
    yield from ({field_name: piece} for piece in _pieces(script.reasoning, script))
    yield from ({"content": word} for word in re.findall(r"\s*\S+|\s+$", script.text))
    yield from ({"tool_calls": [piece]} for piece in _call_pieces(script))


def _pieces(text: str, script: ChatScript) -> list[str]:
    """Reasoning inside the content is cut in the middle of its tags."""
    width = 3 if script.reasoning_field == "content" else 12
    return [text[start : start + width] for start in range(0, len(text), width)]


def _call_pieces(script: ChatScript) -> Iterator[dict[str, Any]]:
    streams = [list(_one_call(script.shape, index, *call)) for index, call in enumerate(script.calls)]
    if script.shape != "interleaved":
        for stream in streams:
            yield from stream
        return
    for turn in range(max(map(len, streams), default=0)):
        yield from (stream[turn] for stream in streams if turn < len(stream))


def _one_call(shape: Shape, index: int, name: str, arguments: str) -> Iterator[dict[str, Any]]:
    head: dict[str, Any] = {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name}}
    if shape in {"whole", "same_index", "no_index", "no_id", "object"}:
        yield _whole_call(shape, head, arguments)
        return
    head["function"]["arguments"] = ""
    yield head
    width = 2 if shape == "pieces" else 8
    for start in range(0, len(arguments), width):
        yield {"index": index, "function": {"arguments": arguments[start : start + width]}}


def _whole_call(shape: Shape, head: dict[str, Any], arguments: str) -> dict[str, Any]:
    head["function"]["arguments"] = json.loads(arguments) if shape == "object" else arguments
    if shape == "same_index":
        head["index"] = 0
    if shape in {"no_index", "no_id"}:
        del head["index" if shape == "no_index" else "id"]
    return head


def _chunk(delta: dict[str, Any] | None, finish_reason: str | None = None) -> bytes:
    if delta is None:
        empty = {"object": "chat.completion.chunk", "choices": []}
        return b": a comment keeps the line alive\n\n" + _data(empty)
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _data({"object": "chat.completion.chunk", "choices": [choice]})


def _data(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"
