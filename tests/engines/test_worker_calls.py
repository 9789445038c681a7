"""A call without a process: what it sends and when it gives up. With processes: test_workers.py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ovos_voice_agent.engines.frames import Begin, Drop, Item, More, Pong, ToWorker
from ovos_voice_agent.engines.worker_calls import look, stream
from ovos_voice_agent.engines.workers import Worker, WorkerSpec
from ovos_voice_agent.errors import EngineError, EngineTimeout


class Wire:
    """Implements `Line`, to a process that says what it is told to."""

    def __init__(self) -> None:
        self.ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.ready.set_result(None)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pid = 1
        self.sent: list[ToWorker] = []
        self.checks_s: list[float] = []

    def send(self, message: ToWorker) -> None:
        self.sent.append(message)

    def check(self, within_s: float) -> None:
        self.checks_s.append(within_s)

    def hang_up(self) -> None:
        self.ended.set_result(None)

    async def bury(self) -> None:
        pass


class Wired(Worker):
    def __init__(self, *, brief: bool = False) -> None:
        super().__init__(WorkerSpec("the echo", "nothing", brief=brief))
        self.wire = Wire()

    async def _open(self) -> Any:
        return self.wire, 1.0


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.25)


def test_input_goes_out_until_the_end() -> None:
    async def scene() -> None:
        worker = Wired()
        await worker.start()
        call = worker.call("body", print)
        call.send("more")
        call.drop()
        call.drop()
        call.send("late")
        assert worker.wire.sent == [Begin(1, "body"), More(1, "more"), Drop(1)]
        await worker.close()

    asyncio.run(scene())


def test_items_come_as_they_are_and_the_end_of_listening_drops_the_call() -> None:
    async def scene() -> None:
        worker = Wired()
        await worker.start()
        items = stream(worker, "body", 10)
        first = asyncio.ensure_future(anext(items))
        await asyncio.sleep(0)
        for message in (Item(1, "a"), Pong(), Item(7, "nobody's")):
            worker._receive(message)
        assert await first == "a"
        await items.aclose()
        assert worker.wire.sent == [Begin(1, "body"), Drop(1)]
        await worker.close()

    asyncio.run(scene())


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("brief", [True, False])
def test_who_gives_up_has_the_process_looked_at(brief: bool) -> None:
    async def scene() -> None:
        worker = Wired(brief=brief)
        await worker.start()
        with pytest.raises(EngineTimeout):
            await anext(stream(worker, "body", 0.001))
        impatient = asyncio.ensure_future(anext(stream(worker, "body", 600)))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        at_its_limit, before = worker.wire.checks_s
        assert at_its_limit == 0.25
        assert before == 0.25 if brief else before > 590  # a long slice may use the time that was left
        await worker.close()

    asyncio.run(scene())


def test_an_error_that_nobody_looked_at_is_no_fault() -> None:
    async def scene() -> None:
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(look)
        future.set_exception(EngineError("no"))
        cancelled = asyncio.get_running_loop().create_future()
        cancelled.add_done_callback(look)
        cancelled.cancel()
        await asyncio.sleep(0)

    asyncio.run(scene())
