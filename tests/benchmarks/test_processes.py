"""What processes cost, by the example of this one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from ovos_voice_agent.benchmarks.processes import cost, cpu_s, listener_of


def test_cpu_time_is_that_of_the_process() -> None:
    before = cpu_s(os.getpid())
    assert before <= time.process_time()
    while time.process_time() < before + 0.02:
        pass
    assert cpu_s(os.getpid()) >= before + 0.02


def test_children_count() -> None:
    code = "import sys; data = bytearray(30_000_000); print('ready', flush=True); sys.stdin.read()"
    alone = cost(os.getpid())
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        both = cost(os.getpid())
        assert cost(os.getpid(), memory=False).memory_bytes == 0
        child.communicate()
    assert both.memory_bytes - alone.memory_bytes > 30_000_000
    assert cpu_s(child.pid) == 0.0


def test_of_several_that_share_a_port_it_is_the_one_they_come_from() -> None:
    listen = "import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)"
    listen += "; s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); print('ready', flush=True); sys.stdin.read()"
    with ExitStack() as stack:
        holder = stack.enter_context(socket.socket())
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        command = [sys.executable, "-c", listen, str(port)]
        for _ in range(2):
            child = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            stack.callback(child.communicate)
            assert child.stdout is not None
            child.stdout.readline()
        assert listener_of(f"http://127.0.0.1:{port}/v1") == os.getpid()


def test_the_listener_of_a_port_is_found() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        assert listener_of(url) is None
        listener.listen()
        assert listener_of(url) == os.getpid()
    assert listener_of("http://127.0.0.1/v1") is None
