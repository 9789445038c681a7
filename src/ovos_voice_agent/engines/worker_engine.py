"""The life of an engine whose work is done by processes: the same for recognisers, voices, minds and detectors."""

from __future__ import annotations

import asyncio
from typing import Any

from ovos_voice_agent.engines.workers import Worker, WorkerSpec


class WorkerEngine:
    """Implements what `Engine` and `Recovering` ask for, but `info`. All processes are alike; where several processes
    serve together, all of them share these."""

    def __init__(self, spec: WorkerSpec, workers: int = 1) -> None:
        self._workers = [Worker(spec, number) for number in range(workers)]

    @property
    def pids(self) -> list[int]:
        """The processes that are ready."""
        return [worker.pid for worker in self._workers if worker.pid]

    @property
    def ready(self) -> bool:
        """Implements `Recovering`."""
        return all(worker.ready for worker in self._workers)

    async def start(self) -> None:
        """Run the processes side by side, until each is warm. Raises EngineError."""
        starts = [asyncio.ensure_future(worker.start()) for worker in self._workers]
        try:
            described, *_ = await asyncio.gather(*starts)
        except BaseException:
            await self.close()
            await asyncio.gather(*starts, return_exceptions=True)  # those that were on their way leave as well
            raise
        self._take_description(described)

    async def close(self) -> None:
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def _take_description(self, described: Any) -> None:
        """What a process told of itself when it was ready."""

    def _freest(self) -> Worker:
        """The process with the fewest tasks."""
        return min(self._workers, key=lambda worker: worker.load)
