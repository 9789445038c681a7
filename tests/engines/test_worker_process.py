from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from ovos_voice_agent.engines.worker_process import reap, spawn

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
