"""Lines to workers that answer, hang, or are not there; with calls in test_workers.py and test_worker_foreman.py."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.engines.worker_lines import OwnLine, SharedLine
from ovos_voice_agent.engines.worker_orders import Hire, Hired, Refused, hear, tell
from ovos_voice_agent.engines.worker_process import Door, WorkerSpec
from ovos_voice_agent.errors import EngineError

ROOT = Path(__file__).parents[2]
SPEC = WorkerSpec("the echo", "tests.engines.echo_worker", {"greeting": "hello"})

pytestmark = pytest.mark.real


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.mark.usefixtures("folder")
def test_an_own_process_tells_of_itself_answers_and_goes() -> None:
    async def scene() -> None:
        line = await OwnLine.open(SPEC, print)
        assert await line.ready == "hello"
        line.check(20.0)
        line.check(30.0)  # the earlier one counts
        while line._verdict is not None:  # noqa: ASYNC110 - until it answers
            await asyncio.sleep(0.01)
        os.kill(line.pid, 0)
        line.hang_up()
        await line.ended
        await line.bury()
        with pytest.raises(ProcessLookupError):
            os.kill(line.pid, 0)

    asyncio.run(scene())


@pytest.mark.usefixtures("folder")
def test_one_that_does_not_answer_is_killed() -> None:
    async def scene() -> None:
        line = await OwnLine.open(SPEC, print)
        await line.ready
        os.kill(line.pid, signal.SIGSTOP)
        line.check(0.01)
        await asyncio.wait_for(line.ended, 20)
        await line.bury()

    asyncio.run(scene())


def test_a_door_is_found_by_others_while_the_process_behind_it_changes(folder: Path) -> None:
    async def scene() -> None:
        door = Door(folder / "1.sock")
        pids = []
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as early:
                early.connect(str(door.path))  # before anybody is there
                line = await OwnLine.open(SPEC, print, door)
                early.settimeout(20)
                assert b"hello" in await asyncio.to_thread(early.recv, 100)
            pids.append(line.pid)
            line.hang_up()
            await line.bury()
        assert len(set(pids)) == 2
        door.close()

    asyncio.run(scene())


async def _hire(folder: Path, answer: Any) -> SharedLine:
    """From a foreman that says that and goes."""

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await hear(reader, Hire) == Hire(SPEC)
        if answer is not None:
            tell(writer, answer)
        writer.close()

    server = await asyncio.start_unix_server(attend, folder / "office.sock")
    try:
        return await SharedLine.open(Hire(SPEC), print, folder / "office.sock")
    finally:
        server.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Refused("the echo cannot start: no model"), "^the echo cannot start: no model$"),
        (None, "shutting down"),
        (Hired("/nowhere/1.sock"), "^the echo cannot be reached"),
    ],
)
def test_what_cannot_be_hired_says_why(folder: Path, answer: Any, why: str) -> None:
    with pytest.raises(EngineError, match=why) as refused:
        asyncio.run(_hire(folder, answer))
    assert refused.value.code == "model_unavailable"


def test_who_is_turned_away_at_the_door_hears_it_at_once(folder: Path) -> None:
    async def scene() -> None:
        door = Door(folder / "1.sock")
        line = await _hire(folder, Hired(str(door.path)))
        door.turn_away()
        with pytest.raises(EngineError, match="stopped while it started"):
            await asyncio.wait_for(line.ready, 20)
        await line.bury()
        door.close()

    asyncio.run(scene())
