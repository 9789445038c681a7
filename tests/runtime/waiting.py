"""Waits until something is so that tells nobody when it becomes so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(so: Callable[[], object]) -> None:
    """Let others run until `so`; threads as well."""
    while not so():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.001)
