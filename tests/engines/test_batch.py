"""The batcher, with a model that only counts."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ovos_voice_agent.engines.batch import Batcher, Lane, Share, Units

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Shares: TypeAlias = "Sequence[Share[list[float]]]"


class Summing:
    """A model whose state is a running list; its results are the unit's number and how many came before it."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, shares: Shares) -> list[list[tuple[float, int]]]:
        assert self.gate.wait(10)
        self.threads.add(threading.current_thread().name)
        self.batches.append([len(share.units) for share in shares])
        return [[self._judge(share.state, float(unit[0])) for unit in share.units] for share in shares]

    def _judge(self, state: list[float], value: float) -> tuple[float, int]:
        state.append(value)
        return value, len(state) - 1


class Failing(Summing):
    """Fails for units below zero."""

    def __call__(self, shares: Shares) -> list[list[tuple[float, int]]]:
        if any((share.units < 0).any() for share in shares):
            raise RuntimeError("no such unit")
        return super().__call__(shares)


CountingBatcher: TypeAlias = Batcher[list[float], tuple[float, int]]


def units(*values: float) -> Units:
    return np.array(values, np.float32).reshape(len(values), 1)


async def finished(lane: Lane[list[float], Any]) -> None:
    """Until everything that was submitted to the lane has been delivered."""
    done = asyncio.get_running_loop().create_future()
    lane.submit([], units(), done.set_result)
    await asyncio.wait_for(done, 10)


def with_batcher(
    test: Callable[[CountingBatcher], Awaitable[None]], model: Summing, *, gather_ms: float = 1.0, **limits: int
) -> None:
    async def run() -> None:
        batcher: CountingBatcher = Batcher(model, fallback=(-1.0, -1), name="counting", gather_ms=gather_ms, **limits)
        try:
            await test(batcher)
        finally:
            model.gate.set()
            await batcher.close()

    asyncio.run(run())


def test_all_that_waits_goes_together_and_in_order() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        lanes = [batcher.open() for _ in range(5)]
        for index, lane in enumerate(lanes):
            state: list[float] = []
            lane.submit(state, units(index, index + 10), lambda results: got.append(list(results)))
            lane.submit(state, units(index + 20), lambda results: got.append(list(results)))
        for lane in lanes:
            await finished(lane)

    with_batcher(test, model)
    assert model.batches == [[3] * 5]
    assert got == [r for i in range(5) for r in ([(i, 0), (i + 10, 1)], [(i + 20, 2)])]
    assert len(model.threads) == 1
    assert next(iter(model.threads)).startswith("counting")


def test_limits_and_fairness() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        long, short = batcher.open(), batcher.open()
        long.submit([], units(*range(10)), lambda results: got.append(("long", len(results))))
        short.submit([], units(1, 2), lambda results: got.append(("short", len(results))))
        assert long.waiting_units == 10
        await finished(long)

    with_batcher(test, model, units_at_once=4)
    assert model.batches == [[4, 2], [4], [2]]
    assert got == [("short", 2), ("long", 10)]


def test_many_lanes_take_turns() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        lanes = [batcher.open() for _ in range(5)]
        for index, lane in enumerate(lanes):
            lane.submit([], units(0, 1, 2), lambda results, index=index: got.append(index))
        for lane in lanes:
            await finished(lane)

    with_batcher(test, model, lanes_at_once=2, units_at_once=2)
    assert sum(map(sum, model.batches)) == 15
    assert sorted(got) == list(range(5))
    assert all(len(batch) <= 2 and max(batch) <= 2 for batch in model.batches)


def test_another_state_is_another_share() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        lane, before, after = batcher.open(), [], []
        lane.submit(before, units(1), got.extend)
        lane.submit(before, units(2), got.extend)
        lane.submit(after, units(3), got.extend)
        await finished(lane)

    with_batcher(test, model)
    assert model.batches == [[2], [1]]
    assert got == [(1, 0), (2, 1), (3, 0)]


def test_empty_submissions_keep_their_place() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        lane = batcher.open()
        for value in ([], [1.0], [], [2.0], []):
            lane.submit([], units(*value), lambda results: got.append([first for first, _ in results]))
        assert got == []
        await finished(lane)

    with_batcher(test, model)
    assert got == [[], [1.0], [], [2.0], []]


def test_a_closed_lane_hears_nothing_and_harms_nobody() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        closed, open_one = batcher.open(), batcher.open()
        model.gate.clear()
        closed.submit([], units(1), got.extend)
        open_one.submit([], units(2), got.extend)
        await asyncio.to_thread(lambda: None)  # the batch is under way by now, or soon
        closed.submit([], units(3), got.extend)
        closed.close()
        closed.submit([], units(4), got.extend)
        assert closed.waiting_units == 0
        model.gate.set()
        await finished(open_one)

    with_batcher(test, model)
    assert got == [(2, 0)]


def test_a_lane_is_idle_between_its_last_delivery_and_its_next_work() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        lane = batcher.open()
        assert lane.idle
        lane.submit([], units(1), lambda results: got.append(lane.idle))
        assert not lane.idle
        lane.submit([], units(2), lambda results: got.append(lane.idle))
        await finished(lane)
        assert lane.idle
        lane.close()
        assert not lane.idle

    with_batcher(test, model)
    assert got == [False, False]  # what `finished` submitted was still to come


def test_a_delivery_may_close_its_lane() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        lane, other = batcher.open(), batcher.open()
        lane.submit([], units(), lambda results: (got.append("first"), lane.close()))
        lane.submit([], units(), lambda results: got.append("second"))
        await finished(other)

    with_batcher(test, model)
    assert got == ["first"]


def test_closing_drops_what_waits_and_delivers_nothing_more() -> None:
    model, got = Summing(), []

    async def run() -> None:
        batcher: CountingBatcher = Batcher(model, fallback=(-1.0, -1), name="counting")
        lane = batcher.open()
        lane.submit([], units(1), got.extend)
        await batcher.close()
        await batcher.close()
        lane.submit([], units(2), got.extend)
        await asyncio.to_thread(lambda: None)

    asyncio.run(run())
    assert got == []


def test_closing_waits_for_the_batch_in_flight() -> None:
    model, got = Summing(), []

    async def run() -> None:
        batcher: CountingBatcher = Batcher(model, fallback=(-1.0, -1), name="counting")
        lane, second = batcher.open(), batcher.open()
        lane.submit([], units(1), got.extend)
        await finished(lane)
        model.gate.clear()
        second.submit([], units(2), got.extend)
        await until(lambda: second.waiting_units == 0)
        closing = asyncio.ensure_future(batcher.close())
        await asyncio.to_thread(lambda: None)
        assert not closing.done()
        model.gate.set()
        await closing

    asyncio.run(run())
    assert model.batches == [[1], [1]]
    assert got == [(1, 0)]


def test_a_failure_costs_its_batch_and_is_reported() -> None:
    model, got, reported = Failing(), [], []

    async def test(batcher: CountingBatcher) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
        lane = batcher.open()
        lane.submit([], units(-1, 2), got.extend)
        await finished(lane)
        lane.submit([], units(3), got.extend)
        await finished(lane)

    with_batcher(test, model)
    assert got == [(-1.0, -1), (-1.0, -1), (3, 0)]
    assert [str(error) for error in reported] == ["no such unit"]


def test_a_delivery_that_raises_harms_no_other() -> None:
    model, got, reported = Summing(), [], []

    async def test(batcher: CountingBatcher) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
        first, second = batcher.open(), batcher.open()
        first.submit([], units(1), lambda results: got.append(results[99]))
        second.submit([], units(2), got.extend)
        await finished(second)

    with_batcher(test, model)
    assert got == [(2, 0)]
    assert [type(error) for error in reported] == [IndexError]


def test_a_session_alone_never_waits_but_the_next_batch_gathers_company() -> None:
    model, got = Summing(), []

    async def test(batcher: CountingBatcher) -> None:
        clock = stopped_clock()
        lanes = [batcher.open() for _ in range(3)]
        lanes[0].submit([], units(0), got.extend)
        await until(lambda: got == [(0, 0)])
        for lane in lanes:
            lane.submit([], units(1), got.extend)
            await asyncio.to_thread(lambda: None)  # other things happen on the loop in between
        assert model.batches == [[1]]
        clock.now_s += 0.011
        await until(lambda: len(got) == 4)
        clock.now_s += 60
        lanes[0].submit([], units(0), got.extend)
        await until(lambda: len(got) == 5)

    with_batcher(test, model, gather_ms=10.0)
    assert model.batches == [[1], [1, 1, 1], [1]]


class Clock:
    now_s: float


def stopped_clock() -> Clock:
    """The running loop's time stands still from now on, until the test moves it."""
    loop, clock = asyncio.get_running_loop(), Clock()
    clock.now_s = loop.time()
    loop.time = lambda: clock.now_s  # type: ignore[method-assign]
    return clock


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until the condition holds; a test that waits in vain is ended by the turns it has."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.to_thread(lambda: None)
    raise AssertionError("it never came to be")
