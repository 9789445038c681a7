from __future__ import annotations

import os
import signal
import socket
import tempfile
from pathlib import Path

import pytest

from ovos_voice_agent.engines.worker_process import Door, reap, spawn

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("stopped", "status"), [(False, 0), (True, -signal.SIGKILL)])
def test_it_leaves_when_its_line_is_cut_and_is_killed_when_it_does_not(
    monkeypatch: pytest.MonkeyPatch, stopped: bool, status: int
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = spawn("tests.engines.echo_worker", {"greeting": "hello"}, theirs)
        assert b"hello" in ours.recv(100)
        assert os.getsid(process.pid) == process.pid
        if stopped:
            os.kill(process.pid, signal.SIGSTOP)
    reap(process, 0.1 if stopped else 10)
    assert process.returncode == status


def test_a_door_keeps_who_knocks_until_somebody_opens_or_turns_him_away() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as guest:
        door = Door(Path(folder) / "1.sock")
        guest.connect(str(door.path))
        door.turn_away()
        guest.settimeout(10)
        assert guest.recv(1) == b""
        door.turn_away()  # nobody
        door.close()
        door.close()
        assert not list(Path(folder).iterdir())
