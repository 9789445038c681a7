"""The server as a process: what it prints, how it ends, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websockets.sync.client
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.real

COMMAND = [sys.executable, "-m", "ovos_voice_agent", "serve", "--port", "0"]


class Process:
    """A server; `said` is what it printed until it was ready."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""
        assert process.stdout is not None
        for line in process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(f"it ended instead of serving:\n{self.said}")

    @property
    def url(self) -> str:
        return next(word for word in self.said.split() if word.startswith("http://"))

    def end(self, *signals: signal.Signals) -> tuple[int, str]:
        """Exit code and last words."""
        for number in signals:
            self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def children(self) -> list[int]:
        """Its worker processes; there are some."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        if listed.exists():
            found = listed.read_bytes()
        else:
            ps = ["ps", "-o", "pid=", "--ppid", str(self.process.pid)]
            found = subprocess.run(ps, capture_output=True, check=True).stdout
        assert found.split()
        return [int(pid) for pid in found.split()]


@contextmanager
def serving(**environment: str) -> Iterator[Process]:
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            yield Process(process)
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_with_clients_told_and_nothing_left(number: signal.Signals) -> None:
    with serving() as server:
        workers = server.children()
        address = server.url.replace("http", "ws", 1) + "/realtime"
        with websockets.sync.client.connect(address, proxy=None) as client:
            assert "session.created" in client.recv()
            server.process.send_signal(number)
            with pytest.raises(ConnectionClosed) as closed:
                client.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "Server is shutting down.")
        code, said = server.end()
        assert (code, said) == (0, "Shutting down. Ctrl-C again stops at once.\n")
        assert not [pid for pid in workers if is_alive(pid)]


def test_a_second_signal_ends_it_at_once() -> None:
    with serving() as server:
        workers = server.children()
        code, said = server.end(signal.SIGINT, signal.SIGINT)
        assert code == 0
        assert "Traceback" not in said
        assert not [pid for pid in workers if is_alive(pid)]


def test_a_signal_while_it_starts_ends_it_too() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert "is starting on http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in said) == (0, False)


def test_it_says_what_is_in_force_and_is_healthy() -> None:
    with serving() as server:
        for name in ("dual", "pocketsphinx", "offline", "espeak-ng", "ready in", "better:"):
            assert name in server.said
        for path in ("/health", "/ready", "/metrics"):
            with urllib.request.urlopen(server.url.removesuffix("/v1") + path) as answer:
                assert answer.status == 200
        assert server.end(signal.SIGTERM)[0] == 0


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = subprocess.run([*COMMAND[:-1], str(port)], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Port {port} of 127.0.0.1 is in use by another program: stop it, or choose another --port.\n"
    )
    assert refused.stdout == ""


def test_an_engine_that_cannot_start_is_one_sentence_and_nothing_stays() -> None:
    stt = {"OVOS_VOICE_AGENT_ENGINES__TTS__VOICE": "no-such-voice"}
    refused = subprocess.run(
        COMMAND, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **stt}
    )
    assert refused.returncode in (1, 2)
    assert "engines.tts" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_every_mistake_is_told_before_it_listens() -> None:
    wrong = {"OVOS_VOICE_AGENT_ENGINES__STT__NAME": "nobody", "OVOS_VOICE_AGENT_ENGINES__LLM__TYPO": "1"}
    refused = subprocess.run(
        COMMAND, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **wrong}
    )
    assert refused.returncode == 2
    assert "engines.stt.name: there is no engine 'nobody'" in refused.stderr
    assert "engines.llm.typo" in refused.stderr
    assert refused.stdout == ""
