"""A reply as the shell is told of it: the order to make it, and the record of its end."""

from __future__ import annotations

from collections.abc import Iterable

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.items import StoredItem, spoken_language
from ovos_voice_agent.core.reply import Reply, ReplyPlan
from ovos_voice_agent.protocol.objects import ResponseId


def start_command(response_id: ResponseId, plan: ReplyPlan, items: Iterable[StoredItem]) -> c.StartReply:
    """The order to make a reply of this plan to these items."""
    stored = tuple(items)
    return c.StartReply(
        response_id=response_id,
        items=tuple(item.wire() for item in stored),
        instructions=plan.instructions,
        tools=plan.tools,
        tool_choice=plan.usable_choice,
        parallel_tool_calls=plan.parallel_tool_calls,
        max_output_tokens=plan.max_output_tokens,
        truncation=plan.truncation,
        reasoning_effort=plan.reasoning_effort,
        temperature=plan.temperature,
        model=plan.model,
        spoken=plan.spoken,
        voice=plan.voice_name,
        speed=plan.speed,
        format=plan.format.audio_format(),
        language=spoken_language(stored),
        wanted_language=plan.language,
        say=plan.say,
        metadata=plan.metadata,
        tracing=plan.tracing,
    )


def record_of(reply: Reply, status: str, failed_stage: str) -> c.Record:
    """What is kept of a reply that has ended."""
    timeline = reply.timeline
    return c.Record(
        response_id=reply.response_id,
        item_id=timeline.item_id,
        origin=timeline.origin,
        status=status,
        marks=dict(timeline.marks),
        decision=timeline.decision,
        failed_stage=failed_stage,
    )
