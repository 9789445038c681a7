"""What many sessions ask of one model now, in one call of it.

Rules:

- Work of one lane is done and delivered in the order of submission; lanes know nothing of each other.
- The model runs in one worker thread, one batch at a time; everything else happens on the event loop.
- A batch begins as soon as the last one is done, but at most every `gather_ms`: a session alone never waits, and
  hundreds share one call. What the last batch had no room for goes at once. Nothing ticks while nobody asks.
- A model that raises is a bug: it is reported to the loop's exception handler, and `fallback` is delivered for each
  unit of that batch, so that positions stay true.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

State = TypeVar("State")
Result = TypeVar("Result")

Units: TypeAlias = npt.NDArray[np.float32]
"""Units of work, stacked along the first axis."""


@dataclass(frozen=True, slots=True)
class Share(Generic[State]):
    """What one lane brings to a batch: at least one unit, all to be judged with `state`, which the model may change."""

    state: State
    units: Units


Model: TypeAlias = Callable[[Sequence[Share[State]]], Sequence[Sequence[Result]]]
"""Runs in the worker thread: for each share one result per unit."""


@dataclass(slots=True)
class _Job(Generic[State, Result]):
    """One submission."""

    state: State
    units: Units
    deliver: Callable[[Sequence[Result]], None]
    taken: int = 0
    results: list[Result] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.results) == len(self.units)


class Lane(Generic[State, Result]):
    """The work of one session. Made by `Batcher.open`; use on the event loop only."""

    def __init__(self, batcher: Batcher[State, Result]) -> None:
        self._batcher = batcher
        self._jobs: deque[_Job[State, Result]] = deque()
        self._waiting_units = 0
        self._undelivered = 0
        self._closed = False

    @property
    def idle(self) -> bool:
        """Open, and everything that was submitted has been delivered: nobody else uses the states now."""
        return not self._closed and self._undelivered == 0

    @property
    def waiting_units(self) -> int:
        """Units that no batch has taken yet."""
        return self._waiting_units

    def submit(self, state: State, units: Units, deliver: Callable[[Sequence[Result]], None]) -> None:
        """Queue `units` and return at once; `deliver` is called on the loop, later, with one result per unit.

        Without units it is called as soon as everything before is delivered.
        Units with the same `state` object that follow each other may be judged in one share. No copy is made.
        """
        if self._closed:
            return
        job: _Job[State, Result] = _Job(state, units, deliver)
        self._undelivered += 1
        if not len(units) and not self._jobs:  # nothing to be judged: no batch is waited for
            asyncio.get_running_loop().call_soon(self._deliver, job)
            return
        self._jobs.append(job)
        self._waiting_units += len(units)
        self._batcher.wake(self)

    def close(self) -> None:
        """No more deliveries; what is queued is dropped."""
        self._closed = True
        self._jobs.clear()
        self._waiting_units = 0

    def take(self, limit: int) -> _Taken[State, Result] | None:
        """The next units for one batch, at most `limit`, all with one state; None when only empty jobs are left."""
        parts: list[tuple[_Job[State, Result], int]] = []
        for job in self._jobs:
            if limit == 0 or (parts and job.state is not parts[0][0].state):
                break
            count = min(limit, len(job.units) - job.taken)
            if count:
                parts.append((job, count))
            limit -= count
            self._waiting_units -= count
        return _Taken(self, parts) if parts else None

    def deliver_done(self) -> None:
        """Hand out what is finished, in order. Each delivery is a callback of its own, so that one that raises harms
        no other."""
        while self._jobs and self._jobs[0].done:
            asyncio.get_running_loop().call_soon(self._deliver, self._jobs.popleft())

    def _deliver(self, job: _Job[State, Result]) -> None:
        self._undelivered -= 1
        if not self._closed:
            job.deliver(job.results)


class _Taken(Generic[State, Result]):
    """A lane's part of the batch in flight."""

    def __init__(self, lane: Lane[State, Result], parts: list[tuple[_Job[State, Result], int]]) -> None:
        self.lane = lane
        self._parts = parts
        slices = [job.units[job.taken : job.taken + count] for job, count in parts]
        self.share = Share(parts[0][0].state, slices[0] if len(slices) == 1 else np.concatenate(slices))
        for job, count in parts:
            job.taken += count

    def settle(self, results: Sequence[Result]) -> None:
        """Give each job its results."""
        at = 0
        for job, count in self._parts:
            job.results.extend(results[at : at + count])
            at += count
        self.lane.deliver_done()


class Batcher(Generic[State, Result]):
    """Brings the work of all lanes to one model. Create it, and call everything, on the running event loop."""

    def __init__(
        self,
        model: Model[State, Result],
        *,
        fallback: Result,
        name: str,
        lanes_at_once: int = 64,
        units_at_once: int = 8,
        gather_ms: float = 8.0,
    ) -> None:
        self._model = model
        self._fallback = fallback
        self._lanes_at_once = lanes_at_once
        self._units_at_once = units_at_once
        self._gather_s = gather_ms / 1000
        self._loop = asyncio.get_running_loop()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting: dict[Lane[State, Result], None] = {}  # an ordered set: whoever waits longest goes first
        self._in_flight: asyncio.Future[Sequence[Sequence[Result]]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._not_before_s = 0.0
        self._closed = False

    def open(self) -> Lane[State, Result]:
        """A lane for one session."""
        return Lane(self)

    def wake(self, lane: Lane[State, Result]) -> None:
        """`lane` has work."""
        if self._closed:
            return
        self._waiting[lane] = None
        self._schedule()

    async def close(self) -> None:
        """Drop what is queued, wait for the batch in flight (milliseconds) and end the worker. Safe to call twice."""
        self._closed = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._in_flight is not None:
            await asyncio.wait([self._in_flight])
        self._worker.shutdown(wait=False)

    def _schedule(self) -> None:
        """Start the next batch when it may start; while one is in flight its end does this."""
        if self._in_flight is not None or self._timer is not None or not self._waiting:
            return
        # Also an immediate start goes over the loop, so that all sessions whose audio has just arrived are in it.
        self._timer = self._loop.call_at(max(self._not_before_s, self._loop.time()), self._start)

    def _start(self) -> None:
        self._timer = None
        lanes = list(self._waiting)[: self._lanes_at_once]
        taken = [part for lane in lanes if (part := self._take(lane)) is not None]
        if not taken:
            self._schedule()
            return
        full = len(taken) == self._lanes_at_once or any(len(part.share.units) == self._units_at_once for part in taken)
        self._not_before_s = 0.0 if full else self._loop.time() + self._gather_s
        self._in_flight = self._loop.run_in_executor(self._worker, self._model, [part.share for part in taken])
        self._in_flight.add_done_callback(lambda future: self._finish(taken, future))

    def _take(self, lane: Lane[State, Result]) -> _Taken[State, Result] | None:
        """The lane's part, or None when it has nothing to judge; it goes to the end of the queue while it has more."""
        del self._waiting[lane]
        part = lane.take(self._units_at_once)
        if part is None:
            lane.deliver_done()
        elif lane.waiting_units:
            self._waiting[lane] = None
        return part

    def _finish(self, taken: Sequence[_Taken[State, Result]], future: asyncio.Future[Any]) -> None:
        self._in_flight = None
        if self._closed or future.cancelled():
            return
        for part, results in zip(taken, self._results(taken, future), strict=True):
            part.settle(results)
        self._schedule()

    def _results(
        self, taken: Sequence[_Taken[State, Result]], future: asyncio.Future[Sequence[Sequence[Result]]]
    ) -> Sequence[Sequence[Result]]:
        error = future.exception()
        if error is None:
            return future.result()
        self._loop.call_exception_handler({"message": "a batch of the model failed", "exception": error})
        return [[self._fallback] * len(part.share.units) for part in taken]
