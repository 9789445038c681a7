"""A prompt as the body of a chat completion request (pure).

The order that servers insist on is made here: an assistant's calls stand in one message, each call is followed by its
output, and no output stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ovos_voice_agent.engines.interface import ImagePart, Message, Prompt, TextPart, Tool, ToolCall

OPTIONAL_FIELDS = (
    "stream_options",
    "parallel_tool_calls",
    "tool_choice",
    "reasoning_effort",
    "temperature",
    "max_tokens",
)
"""Fields that a server may reject by name; the request is then made without them."""

NO_RESULT = "(no result yet)"
UNSEEN_IMAGE = "(an image, which this model cannot see)"


def request_body(
    prompt: Prompt,
    *,
    model: str,
    temperature: float | None = None,
    max_tokens: int | None = None,
    vision: bool = False,
    extra: Mapping[str, Any] | None = None,
    left_out: frozenset[str] | set[str] = frozenset(),
) -> dict[str, Any]:
    """The JSON body. What the prompt asks wins over the configured values; `extra` wins over everything.

    `max_tokens`, where a server rejects that name, is sent as its newer name `max_completion_tokens`.
    """
    limit = prompt.max_tokens if prompt.max_tokens is not None else max_tokens
    body: dict[str, Any] = {"model": model, "messages": _messages(prompt.messages, vision=vision), "stream": True}
    body |= _tool_fields(prompt, left_out)
    body["stream_options"] = {"include_usage": True}
    body["temperature"] = prompt.temperature if prompt.temperature is not None else temperature
    body["reasoning_effort"] = prompt.reasoning_effort
    body["max_completion_tokens" if "max_tokens" in left_out else "max_tokens"] = limit
    body = {key: value for key, value in body.items() if value is not None and key not in left_out}
    return body | dict(extra or {})


def _tool_fields(prompt: Prompt, left_out: frozenset[str] | set[str]) -> dict[str, Any]:
    if not prompt.tools or (prompt.tool_choice == "none" and "tool_choice" in left_out):
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in prompt.tools]}
    fields["parallel_tool_calls"] = prompt.parallel_tool_calls
    if prompt.tool_choice == "function":
        fields["tool_choice"] = {"type": "function", "function": {"name": prompt.tool_name}}
    elif prompt.tool_choice != "auto":  # auto is what every server does by itself
        fields["tool_choice"] = prompt.tool_choice
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _messages(messages: Sequence[Message], *, vision: bool) -> list[dict[str, Any]]:
    outputs = {message.call_id: message for message in messages if message.role == "tool"}
    called = {call.call_id for message in messages for call in message.calls}
    result: list[dict[str, Any]] = []
    for message in _merged(messages):
        if message.role == "tool":
            if message.call_id not in called:
                result.append({"role": "user", "content": f"(output of an earlier tool call) {message.text}"})
            continue
        result.append(_message(message, vision=vision))
        result.extend(_output(call, outputs.get(call.call_id)) for call in message.calls)
    return result


def _merged(messages: Sequence[Message]) -> list[Message]:
    """Consecutive messages of the assistant as one, where the later one carries calls."""
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else None
        if last is not None and last.role == message.role == "assistant" and message.calls:
            merged[-1] = Message("assistant", last.content + message.content, last.calls + message.calls)
        else:
            merged.append(message)
    return merged


def _message(message: Message, *, vision: bool) -> dict[str, Any]:
    content = _content(message, vision=vision)
    if not message.calls:
        return {"role": message.role, "content": content}
    return {"role": message.role, "content": content or None, "tool_calls": [_call(call) for call in message.calls]}


def _content(message: Message, *, vision: bool) -> str | list[dict[str, Any]]:
    """Plain text where it is only text: many servers take nothing else."""
    if vision and any(isinstance(part, ImagePart) for part in message.content):
        return [_part(part) for part in message.content]
    return "\n".join(part.text if isinstance(part, TextPart) else UNSEEN_IMAGE for part in message.content)


def _part(part: TextPart | ImagePart) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    return {"type": "image_url", "image_url": {"url": part.url, "detail": part.detail}}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.call_id, "type": "function", "function": function}


def _output(call: ToolCall, output: Message | None) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.call_id, "content": output.text if output else NO_RESULT}
