"""Servers under test, in processes of their own: ours, its engines on a scripted HTTP server whose delays are known."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Delays:
    """What the scripted engines take, in milliseconds."""

    stt_ms: float = 30.0
    llm_first_token_ms: float = 50.0
    token_ms: float = 0.0
    """Between two tokens. Zero where latency is measured: when a first phrase is cut is the server's own affair."""
    tts_ms: float = 20.0

    @property
    def total_ms(self) -> float:
        return self.stt_ms + self.llm_first_token_ms + self.tts_ms


LONG_ANSWER = " ".join(f"This is sentence number {n}, and there is more of it to come." for n in range(1, 41))
"""About three minutes of speech: an answer that can be interrupted."""

_CONFIG = """
[server]
host = "127.0.0.1"
port = {port}
store = "{store}"
workers = {workers}
refuse_when_busy = {refuse}
max_sessions = 0

[engines.stt]
name = "openai"
base_url = "{stub}"
model = "stub"

[engines.llm]
name = "openai"
base_url = "{stub}"
model = "stub"

[engines.tts]
name = "openai"
base_url = "{stub}"
model = "stub"
"""


@asynccontextmanager
async def server_on_stubs(
    delays: Delays, answer: str, *, workers: int = 1, refuse_when_busy: bool = False
) -> AsyncIterator[str]:
    """Our server, its ears, mind and voice on a stub; yields the base URL. Both processes are ended afterwards.

    It refuses nobody unless asked to: what a crowd costs is to be measured.
    """
    stub_port, port = free_port(), free_port()
    stub = f"http://127.0.0.1:{stub_port}/v1"
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        config = Path(folder) / "bench.toml"
        refuse = str(refuse_when_busy).lower()
        text = _CONFIG.format(port=port, stub=stub, store=f"{folder}/store", workers=workers, refuse=refuse)
        config.write_text(text, encoding="utf-8")
        await stack.enter_async_context(
            process("ovos_voice_agent.testing.stub_server", *stub_flags(stub_port, delays, answer))
        )
        await ready(f"{stub}/models")
        await stack.enter_async_context(process("ovos_voice_agent", "serve", "--config", str(config)))
        await ready(f"http://127.0.0.1:{port}/ready")
        yield f"http://127.0.0.1:{port}/v1"


def stub_flags(port: int, delays: Delays, answer: str) -> tuple[str, ...]:
    """What tells the stub server to answer like that."""
    flags = {"port": port, "text": answer, "first-token-ms": delays.llm_first_token_ms, "token-ms": delays.token_ms}
    flags |= {"stt-ms": delays.stt_ms, "tts-ms": delays.tts_ms}
    return tuple(f"--{name}={value}" for name, value in flags.items())


@asynccontextmanager
async def process(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[None]:
    """A module of ours in a process of its own, with more in its environment; what it prints is shown if we fail."""
    with tempfile.TemporaryFile() as log:
        command = (sys.executable, "-m", module, *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}
        )
        try:
            yield
        except Exception:
            log.seek(0)
            sys.stderr.write(f"the output of {module}:\n{log.read().decode()}\n")
            raise
        finally:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_LIMIT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def ready(url: str) -> None:
    """Wait until an address answers 200. Raises TimeoutError."""
    async with asyncio.timeout(START_LIMIT_S):
        while not await asyncio.to_thread(_answers, url):  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(POLL_S)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own loopback address
            return True
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port of the loopback interface that nothing listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
