"""Ctrl-C and SIGTERM: the first asks to end in order, the second to end at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """What the person, or the system, who started the server wants by now."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self.wanted_at_once = asyncio.Event()

    def ask(self) -> None:
        """Ask to stop; again: at once."""
        (self.wanted_at_once if self.wanted.is_set() else self.wanted).set()

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Ask on each signal, within the block. For use on the running loop of the main thread."""
        loop = asyncio.get_running_loop()
        try:
            for number in _SIGNALS:
                loop.add_signal_handler(number, self.ask)
        except NotImplementedError:  # Windows
            with _plain_handlers(lambda: loop.call_soon_threadsafe(self.ask)):
                yield
            return
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


@contextlib.contextmanager
def _plain_handlers(ask: Any) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: ask()) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Do the work; when `event` is set before it is done, cancel it, wait until it has let go, and return None."""
    task, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        return None
    finally:
        waiting.cancel()
        task.cancel()
        await asyncio.wait({task, waiting})
