"""The contract of minds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

from ovos_voice_agent.engines.interface import (
    Llm,
    LlmDone,
    LlmEvent,
    Message,
    Prompt,
    TextDelta,
    TextPart,
    ToolCallDelta,
)
from ovos_voice_agent.testing.contracts.running import (
    LONG_TEXT,
    Kill,
    exhaust,
    fails,
    in_time,
    is_ready,
    run,
    running,
    watched_loop,
)


def check_llm(make: Callable[[], Llm], kill: Kill | None = None) -> None:
    """The engine is asked to say hello."""
    run(_check(make, kill))


async def _check(make: Callable[[], Llm], kill: Kill | None) -> None:
    async with running(make, "llm") as engine:
        _is_reply(await _reply(engine, "Say hello."))
        _is_reply(await _reply(engine, ""))
        async with watched_loop():
            _is_reply(await _reply(engine, LONG_TEXT))
        for events in await asyncio.gather(_reply(engine, "Say one."), _reply(engine, "Say two.")):
            _is_reply(events)
        async with aclosing(cast("Any", engine.reply(_prompt("Say hello.")))) as events:
            await anext(events)
            await in_time(events.aclose(), "an answer stops in time")
        _is_reply(await _reply(engine, "Say hello."))
        if kill:
            await _survives(engine, kill)


def _is_reply(events: Sequence[LlmEvent]) -> None:
    assert [event for event in events if isinstance(event, LlmDone)] == [*events[-1:]], (
        "one LlmDone, and it is the last"
    )
    assert any(isinstance(event, TextDelta | ToolCallDelta) for event in events), "an answer has text or a call"


async def _reply(engine: Llm, text: str) -> list[LlmEvent]:
    return [event async for event in engine.reply(_prompt(text))]


def _prompt(text: str) -> Prompt:
    return Prompt(messages=(Message("system", (TextPart("Answer briefly."),)), Message("user", (TextPart(text),))))


async def _survives(engine: Llm, kill: Kill) -> None:
    """It dies before the first word of an answer."""
    answer = asyncio.ensure_future(exhaust(engine.reply(_prompt(LONG_TEXT))))
    await asyncio.sleep(0)
    kill(engine)
    await fails(answer)
    _is_reply(await _reply(engine, "Say hello."))
    assert is_ready(engine), "an engine that recovered is ready"
