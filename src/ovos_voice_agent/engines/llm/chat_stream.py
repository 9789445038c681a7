"""Chunks of a streamed chat completion -> text, tool calls and one end; every shape that servers send (pure).

Rules:

- A call is known by its `index`; a new id with a name at a known index is a new call, and so is a name after complete
  arguments. Without an index, a piece with a name begins a call and any other continues the last one.
- Calls are handed on one after the other: the first as it comes, pieces of others when it is their turn.
- `finish_reason` decides nothing but `length` and `content_filter`; what came decides the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from ovos_voice_agent.engines.interface import LlmDone, LlmEvent, LlmUsage, TextDelta, ToolCallDelta
from ovos_voice_agent.engines.llm.reasoning import ThinkFilter
from ovos_voice_agent.errors import EngineError


@dataclass(slots=True)
class _Call:
    key: Any
    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    sent: int = 0  # pieces of arguments handed on
    begun: bool = False

    def complete(self) -> bool:
        text = "".join(self.arguments)
        return not text or _is_json(text)


class ChatStream:
    """One answer as it arrives."""

    def __init__(self) -> None:
        self._think = ThinkFilter()
        self._calls: list[_Call] = []
        self._usage: LlmUsage | None = None
        self.finish_reason: str | None = None

    def push(self, chunk: Mapping[str, Any]) -> list[LlmEvent]:
        """Events of one decoded chunk. Raises EngineError for a chunk that is none."""
        self._read_usage(chunk.get("usage"))
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:
            return []
        choice = choices[0]
        if not isinstance(choice, dict):
            raise EngineError("The language model server answered something unreadable.")
        if isinstance(reason := choice.get("finish_reason"), str) and reason:
            self.finish_reason = reason
        delta = choice.get("delta") or choice.get("message")
        return list(self._read_delta(delta)) if isinstance(delta, dict) else []

    def finish(self) -> list[LlmEvent]:
        """What is left, and the end. Raises EngineError when a call came without a name."""
        events: list[LlmEvent] = []
        if rest := self._think.finish():
            events.append(TextDelta(rest))
        for index, call in enumerate(self._calls):
            if not call.name:
                raise EngineError("The language model server sent a tool call without a name.")
            events.extend(_advance(index, call))
            if not any(call.arguments):
                events.append(ToolCallDelta(index, "{}"))
        return [*events, LlmDone(self._reason(), self._usage)]

    def _reason(self) -> Literal["stop", "length", "content_filter"]:
        match self.finish_reason:
            case "length" | "max_tokens":
                return "length"
            case "content_filter":
                return "content_filter"
            case _:
                return "stop"

    def _read_delta(self, delta: Mapping[str, Any]) -> Iterator[LlmEvent]:
        if (text := _text_of(delta.get("content"))) and (spoken := self._think.push(text)):
            yield TextDelta(spoken)
        calls = delta.get("tool_calls")
        for piece in calls if isinstance(calls, list) else ():
            if isinstance(piece, dict):
                self._read_call(piece)
        if self._calls:
            yield from _advance(0, self._calls[0])

    def _read_call(self, piece: Mapping[str, Any]) -> None:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        name, call_id = _string(function.get("name")), _string(piece.get("id"))
        call = self._call_for(piece.get("index"), call_id, name)
        call.name = call.name or name
        call.call_id = call.call_id or call_id
        if arguments := _arguments_text(function.get("arguments")):
            call.arguments.append(arguments)

    def _call_for(self, key: Any, call_id: str, name: str) -> _Call:
        call = self._known(key, call_id)
        if call is None or (name and _begins_another(call, call_id)):
            call = _Call(key)
            self._calls.append(call)
        return call

    def _known(self, key: Any, call_id: str) -> _Call | None:
        """The call that a piece may continue: by id, else the newest with that index."""
        for call in reversed(self._calls):
            if call_id and call.call_id == call_id:
                return call
        return next((call for call in reversed(self._calls) if call.key == key), None)

    def _read_usage(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            return
        self._usage = LlmUsage(
            input_tokens=_count(usage, "prompt_tokens"),
            output_tokens=_count(usage, "completion_tokens"),
            cached_tokens=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
            reasoning_tokens=_count(usage.get("completion_tokens_details"), "reasoning_tokens"),
        )


def _begins_another(call: _Call, call_id: str) -> bool:
    """Whether a piece with a name, which looks like it continues `call`, is a new call."""
    if not call.name:
        return False
    if call_id:
        return call_id != call.call_id
    return bool(call.arguments) and call.complete()


def _advance(index: int, call: _Call) -> Iterator[LlmEvent]:
    """Hand on what came since the last time; nothing before the name is known."""
    if not call.name:
        return
    text = "".join(call.arguments[call.sent :])
    call.sent = len(call.arguments)
    if not call.begun:
        call.begun = True
        call.call_id = call.call_id or f"call_{uuid.uuid4().hex[:24]}"
        yield ToolCallDelta(index, text, call.call_id, call.name)
    elif text:
        yield ToolCallDelta(index, text)


def _text_of(content: Any) -> str:
    """Text of a delta: a string, or a list of parts of which only the text ones are said."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part for part in content if isinstance(part, dict) and part.get("type") == "text")
    return "".join(_string(part.get("text")) for part in parts)


def _arguments_text(arguments: Any) -> str:
    """Arguments as JSON text; some servers send the object itself."""
    return msgspec.json.encode(arguments).decode() if isinstance(arguments, dict) else _string(arguments)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(table: Any, key: str) -> int:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, int) and value > 0 else 0


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True
