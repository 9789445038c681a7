"""A server of several processes for tests, and who they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websockets.sync.client
from websockets.sync.connection import Connection

from ovos_voice_agent.benchmarks.servers import free_port

LIMIT_S = 60.0
_STUB = 'name = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "stub"'
STUBS = f'[engines.stt]\n{_STUB}\n[engines.tts]\n{_STUB}\n[engines.llm]\nname = "offline"\n'


class Server:
    """`serve --workers 2` in processes of its own, whose temporary files are in a folder `temporary`."""

    def __init__(self, folder: Path, engines: str = STUBS) -> None:
        self.port = free_port()
        self.temporary = Path(tempfile.mkdtemp(dir="/tmp", prefix="crew-"))  # paths of sockets are short
        config = folder / "crew.toml"
        server = f'[server]\nport = {self.port}\nstore = "{folder / "store.sqlite3"}"\napi_keys = ["sk-one"]\n'
        config.write_text(server + engines, encoding="utf-8")
        command = [sys.executable, "-m", "ovos_voice_agent", "serve", "--config", str(config), "--workers", "2"]
        env = {**os.environ, "TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)

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
        return self.running("app.member")

    def running(self, module: str) -> list[int]:
        """The children of the parent that run such a module, zombies left out."""
        return [pid for pid in children(self.process.pid) if module in command_line(pid)]

    def worker_of(self, session_id: str) -> str:
        """The name of the process that a session lives in."""
        listed = json.loads(self.get("/v1/realtime/sessions")[1])["data"]
        return str(next(entry["live"]["worker"] for entry in listed if entry["id"] == session_id))

    @contextmanager
    def connected(self) -> Iterator[tuple[Connection, str]]:
        """A session that began, and its id."""
        url = f"ws://127.0.0.1:{self.port}/v1/realtime?model=gpt-realtime"
        headers = {"Authorization": "Bearer sk-one"}
        with websockets.sync.client.connect(url, additional_headers=headers, proxy=None) as client:
            yield client, json.loads(client.recv())["session"]["id"]

    @contextmanager
    def session(self) -> Iterator[str]:
        with self.connected() as (_, session_id):
            yield session_id

    def stop(self) -> None:
        """However it is."""
        self.process.kill()
        self.process.communicate()
        until(lambda: not any(self.temporary.iterdir()))
        self.temporary.rmdir()


def children(pid: int) -> list[int]:
    """The processes that a process started and that run."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def command_line(pid: int) -> str:
    """Empty for a zombie, and for one that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def lives(pid: int) -> bool:
    return command_line(pid) != ""


def until(condition: Callable[[], Any]) -> None:
    """Other processes have no event to wait for."""
    give_up_at = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
