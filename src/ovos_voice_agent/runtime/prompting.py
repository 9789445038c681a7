"""A conversation -> what the language model is told (pure).

Rules:

- The instructions come first, time and language come last, as messages of their own: what stands before changes only
  at its end, so that a model's prefix cache holds.
- Calls of one answer stand together with its text, each followed by its output, whenever that came. A call without
  output yet says so; an interrupted one is left out, and so is an output without its call.
- What was said without words (noise) is left out, but the turn that is to be answered is told as inaudible.
- Over the limit the oldest goes first, never the last message of the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ovos_voice_agent.engines.interface import ImagePart, Message, Prompt, PromptPart, TextPart, Tool, ToolCall
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol.languages import language_name

if TYPE_CHECKING:
    from ovos_voice_agent.core.commands import StartReply

INAUDIBLE = "(inaudible)"
NO_RESULT = "(no result yet)"

CHARACTERS_PER_TOKEN = 4
"""Of English text; other scripts have more tokens, so a limit should leave room."""
MESSAGE_TOKENS = 4
"""What a chat template puts around a message."""
IMAGE_TOKENS = 800
"""Between the 85 of a small and the 1,500 of a large picture."""

Block: TypeAlias = tuple[Message, ...]
"""Messages that are kept or dropped together: one message, or calls with their outputs."""


def prompt_of(
    command: StartReply,
    now: datetime,
    *,
    model: str | None = None,
    context_tokens: int | None = None,
    language: str | None = None,
) -> Prompt:
    """The prompt of one reply. `now` is the local time, `model` the engine's own name, `context_tokens` its limit,
    `language` that of the reply.

    Raises EngineError `context_length_exceeded` when the conversation is too long and may not be shortened.
    """
    system = _system(command.instructions)
    clock = Message("system", (TextPart(_time(now) + _wanted(language)),))
    tools = tuple(Tool(tool.name, tool.description or "", tool.parameters) for tool in command.tools)
    fixed_tokens = _tokens((*system, clock)) + sum(_tool_tokens(tool) for tool in tools)
    blocks = _shortened(_blocks(command.items), command, fixed_tokens, context_tokens)
    choice, name = _choice(command.tool_choice)
    return Prompt(
        messages=(*system, *(message for block in blocks for message in block), clock),
        tools=tools,
        tool_choice=choice,
        tool_name=name,
        parallel_tool_calls=command.parallel_tool_calls,
        max_tokens=_max_tokens(command),
        temperature=command.temperature,
        reasoning_effort=command.reasoning_effort,
        model=model,
        language=language,
        spoken=command.spoken,
        metadata=command.metadata or {},
    )


def _system(instructions: str) -> Block:
    return (Message("system", (TextPart(instructions),)),) if instructions.strip() else ()


def _time(now: datetime) -> str:
    return f"It is {now:%A}, {now.day} {now:%B %Y}, {now:%H:%M} ({now.tzname() or 'local time'})."


def _wanted(language: str | None) -> str:
    """The language to answer in, in words; nothing where it is not known."""
    name = language_name(language).title()
    return f" The person speaks {name}: answer in {name}, unless you were told otherwise." if language else ""


def _choice(choice: str | dict[str, Any]) -> tuple[Literal["auto", "none", "required", "function"], str | None]:
    if isinstance(choice, dict):
        return "function", choice.get("name")
    if choice == "none":
        return "none", None
    return ("required", None) if choice == "required" else ("auto", None)


def _max_tokens(command: StartReply) -> int | None:
    return command.max_output_tokens if isinstance(command.max_output_tokens, int) else None


# ------------------------------------------------------------------------------------------------------------- messages


def _blocks(items: Sequence[o.Item]) -> list[Block]:
    """The conversation in order."""
    outputs = {item.call_id: item.output for item in items if isinstance(item, o.FunctionCallOutputItem)}
    last_user = max((place for place, item in enumerate(items) if _is_user(item)), default=-1)
    blocks: list[Block] = []
    calls: list[o.FunctionCallItem] = []
    for place, item in enumerate(items):
        if isinstance(item, o.FunctionCallItem):
            calls.append(item)
        elif isinstance(item, o.MessageItem):
            _close_calls(blocks, calls, outputs)
            blocks.extend(_message(item, asked=place == last_user))
    _close_calls(blocks, calls, outputs)
    return blocks


def _is_user(item: o.Item) -> bool:
    return isinstance(item, o.MessageItem) and item.role == "user"


def _close_calls(blocks: list[Block], calls: list[o.FunctionCallItem], outputs: dict[str, str]) -> None:
    """Put calls that came one after another into one message, with the text just before them, and their outputs
    behind."""
    known = {call.call_id: call for call in calls if call.status != "incomplete" or call.call_id in outputs}
    calls.clear()
    if not known:
        return
    text: tuple[PromptPart, ...] = ()
    if blocks and len(blocks[-1]) == 1 and blocks[-1][0].role == "assistant":
        text = blocks.pop()[0].content
    made = tuple(ToolCall(call_id, call.name, call.arguments) for call_id, call in known.items())
    results = (Message("tool", (TextPart(outputs.get(call_id, NO_RESULT)),), call_id=call_id) for call_id in known)
    blocks.append((Message("assistant", text, made), *results))


def _message(item: o.MessageItem, *, asked: bool) -> Iterable[Block]:
    """No block when nothing was said. `asked`: this is the message to answer."""
    parts = tuple(_parts(item.content))
    if not parts and asked:
        parts = (TextPart(INAUDIBLE),)
    if parts:
        yield (Message(item.role, parts),)


def _parts(content: Iterable[o.Content]) -> Iterable[PromptPart]:
    for part in content:
        if isinstance(part, o.InputImage):
            yield ImagePart(part.image_url, part.detail)
            continue
        text = part.transcript if isinstance(part, o.InputAudio | o.OutputAudio) else part.text
        if text and text.strip():
            yield TextPart(text)


# --------------------------------------------------------------------------------------------------------------- limits


def _shortened(blocks: list[Block], command: StartReply, fixed_tokens: int, context_tokens: int | None) -> list[Block]:
    """The blocks that fit. `fixed_tokens` are those of instructions, time and tools."""
    truncation = command.truncation
    room = None if context_tokens is None else context_tokens - (_max_tokens(command) or 0) - fixed_tokens
    ratio = 1.0
    if isinstance(truncation, dict):
        ratio = float(truncation.get("retention_ratio", 1.0))
        own = (truncation.get("token_limits") or {}).get("post_instructions")
        room = own if room is None else room if own is None else min(room, own)
    if room is None or sum(map(_tokens, blocks)) <= room:
        return blocks
    if truncation == "disabled":
        message = "The conversation is longer than the model's context, and truncation is disabled."
        raise EngineError(message, code="context_length_exceeded")
    return _without_oldest(blocks, int(room * ratio))


def _without_oldest(blocks: list[Block], room: int) -> list[Block]:
    """Drop from the front until the rest fits, but keep the last message of the user."""
    last_user = max((place for place, block in enumerate(blocks) if block[0].role == "user"), default=-1)
    total = sum(map(_tokens, blocks))
    dropped = set()
    for place, block in enumerate(blocks):
        if total <= room:
            break
        if place != last_user:
            total -= _tokens(block)
            dropped.add(place)
    return [block for place, block in enumerate(blocks) if place not in dropped]


def _tokens(messages: Sequence[Message]) -> int:
    """About how many tokens messages have."""
    return sum(MESSAGE_TOKENS + _content_tokens(message) for message in messages)


def _content_tokens(message: Message) -> int:
    characters = sum(len(part.text) for part in message.content if isinstance(part, TextPart))
    characters += sum(len(call.name) + len(call.arguments) for call in message.calls)
    images = sum(isinstance(part, ImagePart) for part in message.content)
    return -(-characters // CHARACTERS_PER_TOKEN) + images * IMAGE_TOKENS


def _tool_tokens(tool: Tool) -> int:
    return MESSAGE_TOKENS + len(f"{tool.name}{tool.description}{tool.parameters}") // CHARACTERS_PER_TOKEN
