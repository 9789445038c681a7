"""Reading from an engine with a limit on every wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeVar, cast

from ovos_voice_agent.errors import EngineTimeout
from ovos_voice_agent.runtime.failure import StageFailed

_T = TypeVar("_T")

_TOO_SLOW = {"llm": "The language model took too long to answer.", "tts": "The voice took too long to speak."}


async def timed(
    begin: Callable[[], AsyncIterator[_T]], stage: str, first_s: float, silence_s: float
) -> AsyncGenerator[_T, None]:
    """What an engine gives, as it comes; `begin` starts it. Closing this closes the engine's iterator.

    Time counts only while the reader waits: `first_s` for the first piece, `silence_s` for each further one.
    Raises StageFailed, whatever the engine raised, and EngineTimeout inside of it.
    """
    try:
        items = cast("Any", begin())
    except Exception as error:
        raise StageFailed(stage, error) from error
    limit_s = first_s
    async with aclosing(items):
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    item = await anext(items)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise StageFailed(stage, EngineTimeout(_TOO_SLOW[stage])) from error
            except Exception as error:
                raise StageFailed(stage, error) from error
            yield item
            limit_s = silence_s
