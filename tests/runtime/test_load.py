"""How busy the process is."""

from __future__ import annotations

import asyncio
import itertools
import time

from ovos_voice_agent.runtime.load import LoadMeter


def test_before_it_looks_it_knows_nothing() -> None:
    load = LoadMeter().now
    assert (load.cpu, load.loop_delay_ms) == (0.0, 0.0)
    assert load.cores >= 1


def test_it_tells_what_share_of_the_time_was_work() -> None:
    work_s = itertools.count(step=0.005)

    async def scene() -> None:
        meter = LoadMeter(lambda: next(work_s), every_s=0.01)
        meter.start()
        await asyncio.sleep(0.1)
        assert 0.0 < meter.now.cpu <= 0.5, "5 ms of work in each look, and looks are at least 10 ms apart"
        meter.stop()

    asyncio.run(scene())


def test_it_notices_a_loop_that_is_held_up() -> None:
    async def scene() -> None:
        meter = LoadMeter(every_s=0.001)
        meter.start()
        time.sleep(0.05)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(0.01)
        assert meter.now.loop_delay_ms > 40
        meter.stop()
        meter.stop()

    asyncio.run(scene())
