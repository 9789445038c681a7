from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ovos_voice_agent.engines.workers import Worker, WorkerSpec, stream
from ovos_voice_agent.errors import EngineError, EngineTimeout

ROOT = Path(__file__).parents[2]
MODULE = "tests.engines.echo_worker"

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _find_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@asynccontextmanager
async def running(*, brief: bool = False, **options: Any) -> AsyncIterator[Worker]:
    worker = Worker(WorkerSpec("the echo", MODULE, options, brief=brief))
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


async def echo(worker: Worker, *items: Any) -> list[Any]:
    heard: list[Any] = []
    call = worker.call("body", heard.append)
    for item in (*items, "end"):
        call.send(item)
    assert await call.result == "body"
    return heard


def alive(pid: int) -> bool:
    """False for a zombie, too: after the death of its owner nobody reaps it in some containers."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return Path("/proc/self").exists() is False and _signals(pid)


def open_files(pid: int) -> list[str]:
    """What its file descriptors are; empty where the system does not tell."""
    return [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").glob("*")]


def _signals(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_it_tells_of_itself_and_works() -> None:
    async def scene() -> None:
        worker = Worker(WorkerSpec("the echo", MODULE, {"greeting": "hello"}))
        assert await worker.start() == "hello"
        assert await echo(worker, "a", b"\0\1", {"b": None}) == ["a", b"\0\1", {"b": None}]
        big = bytes(5_000_000)
        assert await echo(worker, big) == [big]
        await worker.close()
        assert worker.pid is None

    asyncio.run(scene())


def test_what_cannot_start_says_why() -> None:
    async def scene() -> None:
        worker = Worker(WorkerSpec("the echo", MODULE, {"broken": True}))
        with pytest.raises(EngineError, match="RuntimeError: no model"):
            await worker.start()
        await worker.close()
        with pytest.raises(EngineError, match="stopped while it started"):
            await Worker(WorkerSpec("nothing", "tests.engines.no_such_module")).start()

    asyncio.run(scene())


def test_it_works_on_the_event_loop_of_the_server() -> None:
    async def scene() -> None:
        async with running() as worker:
            assert await echo(worker, "a", bytes(500_000)) == ["a", bytes(500_000)]
            call = worker.call("body", print)
            assert worker.pid
            os.kill(worker.pid, signal.SIGKILL)
            with pytest.raises(EngineError, match="stopped unexpectedly"):
                await call.result
            assert await echo(worker, "again") == ["again"]

    uvloop.run(scene())


def test_death_fails_the_calls_at_once_and_the_next_call_works() -> None:
    async def scene() -> None:
        async with running() as worker:
            calls = [worker.call("body", print) for _ in range(3)]
            assert worker.pid
            assert worker.ready
            os.kill(worker.pid, signal.SIGKILL)
            for call in calls:
                with pytest.raises(EngineError, match="stopped unexpectedly"):
                    await call.result
            assert worker.load == 0
            assert not worker.ready
            assert await echo(worker, "again") == ["again"]
            assert worker.ready

    asyncio.run(scene())


def test_a_task_that_ends_its_process_again_and_again_leaves_a_worker_that_works() -> None:
    async def scene() -> None:
        async with running() as worker:
            for _ in range(2):
                with pytest.raises(EngineError):
                    await worker.call("exit", print).result
            assert await echo(worker, "again") == ["again"]

    asyncio.run(scene())


def test_what_goes_wrong_is_logged_as_everything_else(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scene() -> None:
        async with running() as worker:
            for body in ("raise", "exit"):
                with pytest.raises(EngineError):
                    await worker.call(body, print).result

    asyncio.run(scene())
    told = [(record.name, record.levelname, vars(record)["worker"]) for record in caplog.records]
    assert told == [("ovos_voice_agent.engines.workers", "WARNING", "the echo")] * 2
    assert vars(caplog.records[0])["reason"] == "ValueError: as asked"
    assert capfd.readouterr().out == ""


def test_an_error_in_a_task_is_an_engine_error_without_its_words() -> None:
    async def scene() -> None:
        async with running() as worker:
            with pytest.raises(EngineError) as failed:
                await worker.call("raise", print).result
            assert "as asked" not in failed.value.message
            assert await echo(worker, "fine") == ["fine"]

    asyncio.run(scene())


def test_a_hanging_process_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.1)

    async def scene() -> None:
        async with running() as worker:
            before = worker.pid
            with pytest.raises(EngineTimeout):
                await anext(stream(worker, "hang", 0.05))
            other = worker.call("body", print)
            with pytest.raises(EngineError, match="stopped unexpectedly"):
                await other.result
            assert await echo(worker, "again") == ["again"]
            assert worker.pid != before

    asyncio.run(scene())


async def _waits_less(worker: Worker, body: str, timeout_s: float) -> None:
    """Wait with less patience than the call has."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream(worker, body, timeout_s)), 0.05)


def test_a_process_that_hangs_is_replaced_though_its_caller_gave_up_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.1)

    async def scene() -> None:
        for brief, timeout_s in ((True, 600.0), (False, 0.3)):
            async with running(brief=brief) as worker:
                before = worker.pid
                await _waits_less(worker, "hang", timeout_s)
                other = worker.call("body", print)
                with pytest.raises(EngineError, match="stopped unexpectedly"):
                    await asyncio.wait_for(other.result, 20)
                assert await echo(worker, "again") == ["again"]
                assert worker.pid != before

    asyncio.run(scene())


def test_a_long_slice_may_use_its_time_when_its_caller_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.1)

    async def scene() -> None:
        async with running() as worker:
            before = worker.pid
            await _waits_less(worker, "long", 600.0)
            assert await echo(worker, "fine") == ["fine"]
            assert worker.pid == before

    asyncio.run(scene())


def test_a_slow_call_is_given_up_without_harm_to_the_others() -> None:
    async def scene() -> None:
        async with running() as worker:
            before = worker.pid
            other = worker.call("other", print)
            with pytest.raises(EngineTimeout):
                await anext(stream(worker, "waits for input", 0.05))
            other.send("end")
            assert await other.result == "other"
            assert worker.pid == before

    asyncio.run(scene())


def test_nothing_is_reported_after_drop() -> None:
    async def scene() -> None:
        async with running() as worker:
            heard: list[Any] = []
            call = worker.call("body", heard.append)
            call.send("late")
            call.drop()
            call.drop()
            call.send("later")
            assert await echo(worker, "fine") == ["fine"]
            assert heard == []
            assert worker.load == 0

    asyncio.run(scene())


def test_close_ends_busy_and_hanging_processes_within_two_seconds() -> None:
    async def scene() -> None:
        workers = [Worker(WorkerSpec("the echo", MODULE)) for _ in range(2)]
        await asyncio.gather(*(worker.start() for worker in workers))
        pids = [worker.pid for worker in workers]
        calls = [worker.call("hang", print) for worker in workers]
        begun = time.monotonic()
        await asyncio.gather(*(worker.close() for worker in workers))
        assert time.monotonic() - begun < 2.5
        assert not any(alive(pid) for pid in pids if pid)
        for worker, call in zip(workers, calls, strict=True):
            with pytest.raises(EngineError, match="is closing"):
                await call.result
            await worker.close()
            with pytest.raises(EngineError, match="not running"):
                worker.call("body", print)

    asyncio.run(scene())


def test_workers_do_not_outlive_an_owner_that_is_killed() -> None:
    code = (
        "import asyncio\n"
        "from ovos_voice_agent.engines.workers import Worker, WorkerSpec\n"
        "async def main():\n"
        f"    workers = [Worker(WorkerSpec('echo', '{MODULE}')) for _ in range(2)]\n"
        "    await asyncio.gather(*(worker.start() for worker in workers))\n"
        "    print(*(worker.pid for worker in workers), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) as owner:
        assert owner.stdout
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        assert len(pids) == 2
        owner.kill()
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "workers outlive their owner"


def test_signals_of_a_terminal_do_not_end_a_worker() -> None:
    async def scene() -> None:
        async with running() as worker:
            assert worker.pid
            before = worker.pid
            os.kill(before, signal.SIGINT)
            os.kill(before, signal.SIGTERM)
            assert await echo(worker, "fine") == ["fine"]
            assert worker.pid == before

    asyncio.run(scene())


def test_a_worker_inherits_nothing_but_its_line() -> None:
    async def scene() -> None:
        async with running() as first, running() as second:
            assert first.pid
            assert second.pid
            assert sum(target.startswith("socket:") for target in open_files(second.pid)) <= 1

    asyncio.run(scene())
