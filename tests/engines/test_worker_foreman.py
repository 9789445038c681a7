"""Workers that several processes share: one load for all, and what is left when somebody dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.worker_foreman import Foreman
from ovos_voice_agent.engines.workers import OFFICE_VARIABLE, Worker, WorkerSpec, stream
from ovos_voice_agent.errors import EngineError, EngineTimeout

ROOT = Path(__file__).parents[2]
MODULE = "tests.engines.echo_worker"

pytestmark = pytest.mark.real


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of the foreman, near the root: paths of sockets are short. Serving processes hire there."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with tempfile.TemporaryDirectory() as made:
        monkeypatch.setenv(OFFICE_VARIABLE, str(Path(made) / "e" / "foreman.sock"))
        yield Path(made)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Foreman]:
    foreman = Foreman(folder / "e")
    await foreman.start()
    try:
        yield foreman
    finally:
        await foreman.close()


@asynccontextmanager
async def members(count: int, **options: Any) -> AsyncIterator[list[Worker]]:
    """Each is a worker as a serving process has it."""
    all_of_them = [Worker(WorkerSpec("the echo", MODULE, options, brief=True)) for _ in range(count)]
    await asyncio.gather(*(worker.start() for worker in all_of_them))
    try:
        yield all_of_them
    finally:
        await asyncio.gather(*(worker.close() for worker in all_of_them))


async def echo(worker: Worker, *items: Any) -> list[Any]:
    heard: list[Any] = []
    call = worker.call("body", heard.append)
    for item in (*items, "end"):
        call.send(item)
    assert await asyncio.wait_for(call.result, 20) == "body"
    return heard


async def until(condition: Callable[[], bool]) -> None:
    """What another process does has no event here."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - there is none to wait for
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def scene(act: Callable[[Foreman], Awaitable[None]], folder: Path) -> None:
    async def run() -> None:
        async with house(folder) as foreman:
            await act(foreman)

    asyncio.run(run())


def test_those_who_describe_the_same_worker_share_one(folder: Path) -> None:
    loads = folder / "loads"

    async def act(_: Foreman) -> None:
        async with members(3, loads=str(loads), greeting="hello") as (first, second, third):
            assert len({first.pid, second.pid, third.pid}) == 1
            assert loads.read_text().split() == [str(first.pid)]
            said = await asyncio.gather(echo(first, "a"), echo(second, b"\0", "b"), echo(third, bytes(5_000_000)))
            assert said == [["a"], [b"\0", "b"], [bytes(5_000_000)]]
            async with members(1, loads=str(loads), greeting="hi") as (other,):
                assert other.pid != first.pid

    scene(act, folder)


def test_an_engine_has_as_many_processes_in_all_as_it_was_told(folder: Path) -> None:
    loads = folder / "loads"

    async def act(_: Foreman) -> None:
        engines = [WorkerEngine(WorkerSpec("the echo", MODULE, {"loads": str(loads)}), 2) for _ in range(2)]
        await asyncio.gather(*(engine.start() for engine in engines))
        assert sorted(engines[0].pids) == sorted(engines[1].pids)
        assert len(loads.read_text().split()) == len(set(engines[0].pids)) == 2
        taken = engines[0]._freest().call("body", print)
        await until(lambda: sorted(worker.load for worker in engines[1]._workers) == [0, 1])
        free = engines[1]._freest()  # knows what the other process has given it to do
        busy = next(worker for worker in engines[1]._workers if worker is not free)
        taken.drop()
        await until(lambda: busy.load == 0)
        await asyncio.gather(*(engine.close() for engine in engines))

    scene(act, folder)


def test_the_folder_is_for_this_user_alone_and_is_left_empty(folder: Path) -> None:
    pids: list[int] = []

    async def act(foreman: Foreman) -> None:
        async with members(1) as (worker,):
            assert worker.pid
            pids.append(worker.pid)
            assert (foreman.office.parent.stat().st_mode & 0o777) == 0o700

    scene(act, folder)
    assert list(folder.iterdir()) == []
    assert not alive(pids[0])


def test_what_cannot_start_says_why_to_all_and_may_be_tried_again(folder: Path) -> None:
    async def act(_: Foreman) -> None:
        for _ in range(2):
            workers = [Worker(WorkerSpec("the echo", MODULE, {"broken": True})) for _ in range(2)]
            results = await asyncio.gather(*(worker.start() for worker in workers), return_exceptions=True)
            assert [str(result) for result in results] == ["the echo cannot start: RuntimeError: no model"] * 2

    scene(act, folder)


def test_a_dead_worker_fails_the_calls_of_all_and_is_replaced_once(folder: Path) -> None:
    loads = folder / "loads"

    async def act(_: Foreman) -> None:
        async with members(2, loads=str(loads)) as workers:
            calls = [worker.call("body", print) for worker in workers]
            before = workers[0].pid
            assert before
            os.kill(before, signal.SIGKILL)
            for call in calls:
                with pytest.raises(EngineError, match="stopped unexpectedly"):
                    await asyncio.wait_for(call.result, 20)
            assert await asyncio.gather(*(echo(worker, "again") for worker in workers)) == [["again"]] * 2
            assert workers[0].pid == workers[1].pid != before
            assert len(loads.read_text().split()) == 2

    scene(act, folder)


def test_a_worker_that_hangs_is_killed_for_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.1)

    async def act(_: Foreman) -> None:
        async with members(2) as (one, other):
            before = one.pid
            waiting = other.call("body", print)
            with pytest.raises(EngineTimeout):
                await anext(stream(one, "hang", 0.05))
            with pytest.raises(EngineError, match="stopped unexpectedly"):
                await asyncio.wait_for(waiting.result, 20)
            assert await echo(other, "again") == ["again"]
            assert other.pid != before

    scene(act, folder)


def test_a_worker_that_cannot_come_back_fails_calls_and_comes_back_when_it_can(folder: Path) -> None:
    switch = folder / "loads"

    async def act(_: Foreman) -> None:
        async with members(2, loads=str(switch)) as workers:
            switch.unlink()
            switch.mkdir()  # what it writes to is none now: it cannot load
            assert workers[0].pid
            os.kill(workers[0].pid, signal.SIGKILL)
            await until(lambda: not any(worker.ready for worker in workers))
            for worker in workers:
                with pytest.raises(EngineError):
                    await asyncio.wait_for(worker.call("body", print).result, 20)
            switch.rmdir()
            await until(lambda: all(worker.ready for worker in workers))
            assert await echo(workers[1], "again") == ["again"]

    scene(act, folder)


def test_a_dropped_call_is_gone_from_the_worker_at_once(folder: Path) -> None:
    async def act(_: Foreman) -> None:
        async with members(2) as (one, other):
            calls = [one.call("body", print) for _ in range(5)]
            await until(lambda: other.load == 5)
            for call in calls:
                call.drop()
            await until(lambda: other.load == 0)
            assert one.load == 0

    scene(act, folder)


def test_one_with_many_tasks_does_not_keep_the_others_waiting(folder: Path) -> None:
    async def act(_: Foreman) -> None:
        async with members(2) as (busy, other):
            many = [busy.call({"slices": 500}, print) for _ in range(20)]
            await until(lambda: other.load == 20)
            assert await asyncio.wait_for(other.call({"slices": 3}, print).result, 20) == {"slices": 3}
            assert not any(call.result.done() for call in many)
            for call in many:
                call.drop()
            await until(lambda: other.load == 0)  # and what was dropped is not worked off

    scene(act, folder)


_MEMBER = """
import asyncio, sys
from ovos_voice_agent.engines.workers import Worker, WorkerSpec
async def main():
    worker = Worker(WorkerSpec("the echo", "tests.engines.echo_worker", {}, brief=True))
    await worker.start()
    calls = [worker.call("body", print) for _ in range(3)]
    print(worker.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@contextmanager
def another_member() -> Iterator[subprocess.Popen[str]]:
    """A process with three tasks under way."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with subprocess.Popen([sys.executable, "-c", _MEMBER], stdout=subprocess.PIPE, text=True, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_death_of_a_serving_process_frees_all_it_had_taken(folder: Path) -> None:
    async def act(_: Foreman) -> None:
        async with members(1) as (worker,):
            with another_member() as other:
                assert other.stdout
                assert int(await asyncio.to_thread(other.stdout.readline)) == worker.pid
                await until(lambda: worker.load == 3)
                other.kill()
                await until(lambda: worker.load == 0)
            assert await echo(worker, "fine") == ["fine"]

    scene(act, folder)


def test_a_serving_process_that_is_stuck_stops_nobody_else(folder: Path) -> None:
    async def act(_: Foreman) -> None:
        async with members(1) as (worker,):
            with another_member() as other:
                assert other.stdout
                await asyncio.to_thread(other.stdout.readline)
                os.kill(other.pid, signal.SIGSTOP)
                for _ in range(20):
                    assert await echo(worker, bytes(100_000)) == [bytes(100_000)]

    scene(act, folder)


def test_who_needs_it_no_more_leaves_it_running_for_a_while(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(_: Foreman) -> None:
        async with members(1) as (worker,):
            first = worker.pid
        async with members(1) as (worker,):
            assert worker.pid == first  # whoever replaces a process finds it warm
        monkeypatch.setattr("ovos_voice_agent.engines.worker_foreman.LINGER_S", 0.0)
        async with members(1) as (worker,):
            assert worker.pid == first
        assert first
        await until(lambda: not alive(first))

    scene(act, folder)


def test_without_a_foreman_it_says_so(folder: Path) -> None:
    async def run() -> None:
        with pytest.raises(EngineError, match="the echo cannot be reached"):
            await Worker(WorkerSpec("the echo", MODULE)).start()

    asyncio.run(run())


def test_its_end_is_the_end_of_the_workers_and_their_calls(folder: Path) -> None:
    async def run() -> None:
        async with house(folder):
            worker = Worker(WorkerSpec("the echo", MODULE))
            await worker.start()
            pid, call = worker.pid, worker.call("body", print)
        with pytest.raises(EngineError, match="stopped unexpectedly"):
            await call.result
        assert pid
        assert not alive(pid)
        await asyncio.wait_for(worker.close(), 20)

    asyncio.run(run())


def test_nonsense_at_the_office_harms_nobody(folder: Path) -> None:
    async def act(foreman: Foreman) -> None:
        for nonsense in (b"", b"\0\0\0\1x", b"\0\0"):
            reader, writer = await asyncio.open_unix_connection(foreman.office)
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
        async with members(1) as (worker,):
            assert await echo(worker, "fine") == ["fine"]

    scene(act, folder)
