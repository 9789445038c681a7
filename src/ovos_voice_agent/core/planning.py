"""From settings and `response.create` to the plan of one reply; everything that can be wrong with it is found here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ovos_voice_agent.core.conversation import session_limit
from ovos_voice_agent.core.items import StoredItem, check_supported, from_client
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.reply import ReplyPlan
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import NewItem, ResponseParameters
from ovos_voice_agent.protocol.objects import ItemId
from ovos_voice_agent.protocol.settings import (
    Extensions,
    FunctionTool,
    OutputAudioSettings,
    RealtimeSettings,
    ToolChoice,
    WireFormat,
)

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def plan_of(settings: RealtimeSettings, offer: Offer, default_instructions: str) -> ReplyPlan:
    """The plan of a reply that nobody asked for in particular. Instructions that the client set win over its
    template."""
    output = settings.audio.output
    assert isinstance(output, OutputAudioSettings), "a realtime session has an output"
    reasoning = settings.reasoning if isinstance(settings.reasoning, dict) else {}
    instructions = settings.instructions
    if settings.prompt is not None and instructions == default_instructions:
        instructions = filled_prompt(settings.prompt, offer)
    return ReplyPlan(
        modalities=settings.output_modalities,
        instructions=instructions,
        tools=settings.tools,
        tool_choice=settings.tool_choice,
        parallel_tool_calls=None if settings.parallel_tool_calls is UNSET else bool(settings.parallel_tool_calls),
        max_output_tokens=settings.max_output_tokens,
        truncation=settings.truncation,
        reasoning_effort=reasoning.get("effort") if offer.reasoning else None,
        temperature=settings.temperature if isinstance(settings.temperature, float) else None,
        model=settings.model,
        voice=output.voice,
        speed=output.speed,
        format=output.format,
        language=_wanted_language(settings),
        tracing=settings.tracing,
    )


def plan_with(
    plan: ReplyPlan,
    asked: ResponseParameters,
    offer: Offer,
    find: Callable[[ItemId], StoredItem | None],
    input_format: WireFormat,
    new_id: Callable[[str], str],
) -> ReplyPlan:
    """The plan with what a `response.create` asks over it. Raises ClientError; nothing has changed then."""
    output = ((asked.audio or {}).get("output")) or {}
    tools = plan.tools if asked.tools is None else tuple(msgspec.convert(asked.tools, list[FunctionTool]))
    if len(tools) > offer.limits.tools:
        raise session_limit(offer.limits.tools, "tools", "response.tools")
    if asked.tool_choice is not None:
        _check_choice(asked.tool_choice, tools)
    voice = output.get("voice") or plan.voice
    check_voice(voice, offer, "response.audio.output.voice")
    reasoning = (asked.reasoning or {}).get("effort") if offer.reasoning else None
    metadata = asked.metadata if isinstance(asked.metadata, dict) else None
    return ReplyPlan(
        modalities=asked.output_modalities or plan.modalities,
        instructions=_instructions(plan, asked, offer),
        tools=tools,
        tool_choice=asked.tool_choice or plan.tool_choice,
        parallel_tool_calls=plan.parallel_tool_calls
        if asked.parallel_tool_calls is None
        else asked.parallel_tool_calls,
        max_output_tokens=asked.max_output_tokens or plan.max_output_tokens,
        truncation=plan.truncation,
        reasoning_effort=reasoning or plan.reasoning_effort,
        temperature=plan.temperature if asked.temperature is None else asked.temperature,
        model=plan.model,
        voice=voice,
        speed=output.get("speed") or plan.speed,
        format=msgspec.convert(output["format"], WireFormat) if output.get("format") else plan.format,
        language=(asked.x_ovos or {}).get("language") or plan.language,
        metadata=metadata,
        tracing=plan.tracing,
        context=None if asked.input is None else _context(asked.input, find, input_format, new_id),
    )


def _wanted_language(settings: RealtimeSettings) -> str | None:
    extensions = settings.x_ovos
    return (extensions.language or None) if isinstance(extensions, Extensions) else None


def check_voice(voice: str | Mapping[str, Any], offer: Offer, path: str) -> None:
    """Raises for a voice that is not to be had."""
    name = voice if isinstance(voice, str) else voice["id"]
    if offer.voices is not None and name not in offer.voices:
        message = f"Invalid value: '{name}'. This server has no voice of that name; see GET /v1/audio/voices."
        raise ClientError(message, code="invalid_value", param=path)


def check_prompt(prompt: Mapping[str, Any], offer: Offer, path: str) -> None:
    """Raises for a prompt template that is not configured."""
    if prompt["id"] not in offer.prompts:
        message = f"Invalid value: '{prompt['id']}'. No prompt template of that id is configured on this server."
        raise ClientError(message, code="invalid_value", param=f"{path}.id")


def filled_prompt(prompt: Mapping[str, Any], offer: Offer) -> str:
    """A template with its variables filled in; a variable without a value stays as it is written."""
    variables = prompt.get("variables") or {}
    return _VARIABLE.sub(lambda match: str(variables.get(match[1], match[0])), offer.prompts[prompt["id"]])


def _instructions(plan: ReplyPlan, asked: ResponseParameters, offer: Offer) -> str:
    """Instructions of the event replace those of the session; they win over a template of the event."""
    if asked.prompt is not None:
        check_prompt(asked.prompt, offer, "response.prompt")
    if asked.instructions is not None:
        return asked.instructions or plan.instructions
    return filled_prompt(asked.prompt, offer) if asked.prompt is not None else plan.instructions


def _check_choice(choice: ToolChoice, tools: tuple[FunctionTool, ...]) -> None:
    names = [tool.name for tool in tools]
    if isinstance(choice, dict) and choice.get("type") == "function" and choice.get("name") not in names:
        message = f"Tool choice '{choice.get('name')}' not found in 'tools' parameter."
        raise ClientError(message, code="invalid_value", param="response.tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "mcp":
        message = f"MCP tools are not supported by this server: '{choice.get('server_label')}' is not available."
        raise ClientError(message, code="invalid_value", param="response.tool_choice")
    if choice == "required" and not tools:
        message = "Tool choice 'required' needs at least one tool."
        raise ClientError(message, code="invalid_value", param="response.tool_choice")


def _context(
    elements: tuple[NewItem, ...],
    find: Callable[[ItemId], StoredItem | None],
    input_format: WireFormat,
    new_id: Callable[[str], str],
) -> tuple[StoredItem, ...]:
    items: list[StoredItem] = []
    for index, element in enumerate(elements):
        check_supported(element, f"response.input[{index}]")
        if element.type != "item_reference":
            items.append(from_client(element, input_format.audio_format(), new_id))
            continue
        item = find(element.id) if element.id else None
        if item is None:
            message = f"Item with id '{element.id}' not found in the conversation."
            raise ClientError(message, code="invalid_value", param=f"response.input[{index}].id")
        items.append(item)
    return tuple(items)
