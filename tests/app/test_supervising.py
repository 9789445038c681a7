"""Several processes on one port: they serve as one, a dead one is replaced, and none is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import websockets.sync.client

from ovos_voice_agent.app.supervising import shared_config
from ovos_voice_agent.benchmarks.servers import free_port
from ovos_voice_agent.config import load
from ovos_voice_agent.errors import ConfigError

LIMIT_S = 60.0


def test_all_members_have_one_store_and_their_part_of_an_engines_processes(tmp_path: Path) -> None:
    given = {"server.workers": 2, "engines.stt.name": "pocketsphinx", "engines.stt.workers": 3}
    shared = shared_config(load(None, {}, given), 1234, {"XDG_STATE_HOME": str(tmp_path)})
    assert (shared.server.port, Path(shared.server.store).exists()) == (1234, True)
    assert shared.engines.stt.options["workers"] == 2
    assert "workers" not in shared.engines.tts.options


@pytest.mark.parametrize("store", ["memory", "/dev/null/no.sqlite3"])
def test_without_a_file_they_could_not_count_together(store: str) -> None:
    with pytest.raises(ConfigError, match=r"^server\.store: .*several workers"):
        shared_config(load(None, {}, {"server.workers": 2, "server.store": store}), 1234, {})


class Server:
    """`serve --workers 2` in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        config = folder / "crew.toml"
        config.write_text(_toml(self.port, folder / "store.sqlite3"), encoding="utf-8")
        command = [sys.executable, "-m", "ovos_voice_agent", "serve", "--config", str(config), "--workers", "2"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def get(self, path: str) -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": "Bearer sk-one"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    @property
    def ready(self) -> bool:
        return self.get("/ready")[0] == 200

    @property
    def sessions_counted(self) -> float:
        [line] = [
            line for line in self.get("/metrics")[1].splitlines() if line.startswith("ovos_voice_agent_sessions ")
        ]
        return float(line.split()[1])

    @property
    def members(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in children.split()]

    @contextmanager
    def session(self) -> Iterator[str]:
        url = f"ws://127.0.0.1:{self.port}/v1/realtime?model=gpt-realtime"
        headers = {"Authorization": "Bearer sk-one"}
        with websockets.sync.client.connect(url, additional_headers=headers, proxy=None) as client:
            yield json.loads(client.recv())["session"]["id"]


def _toml(port: int, store: Path) -> str:
    engine = 'name = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "stub"'
    return (
        f'[server]\nport = {port}\nstore = "{store}"\napi_keys = ["sk-one"]\n'
        f'[engines.stt]\n{engine}\n[engines.tts]\n{engine}\n[engines.llm]\nname = "offline"\n'
    )


def until(condition: Callable[[], bool]) -> None:
    """Other processes have no event to wait for."""
    give_up_at = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    try:
        until(lambda: started.ready)
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel shares a port among processes on Linux only")
def test_they_serve_as_one_and_a_dead_one_is_replaced(server: Server) -> None:
    with ExitStack() as sessions:
        ids = {sessions.enter_context(server.session()) for _ in range(8)}
        for _ in range(4):  # whoever answers knows of all
            listed = json.loads(server.get("/v1/realtime/sessions")[1])["data"]
            assert {entry["id"] for entry in listed} == ids
            assert server.sessions_counted == 8
    until(lambda: server.sessions_counted == 0)
    first, other = server.members
    os.kill(first, signal.SIGKILL)
    until(lambda: not server.ready)
    with server.session():
        assert server.members == [other] or len(server.members) == 2
    until(lambda: server.ready)
    assert first not in server.members
    server.process.terminate()
    output = server.process.communicate(timeout=LIMIT_S)[0]
    assert server.process.returncode == 0
    assert output.count("Ready. Clients connect to") == 1
    assert not any(Path(f"/proc/{pid}").exists() for pid in (first, other))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel shares a port among processes on Linux only")
def test_no_member_outlives_its_parent(server: Server) -> None:
    members = server.members
    assert len(members) == 2
    server.process.kill()
    until(lambda: not any(_lives(pid) for pid in members))


def _lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return False
