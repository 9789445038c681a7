"""Real clients, unmodified and of pinned versions, each in an environment of its own: a program of each, seven steps
long, talks to a server of ours."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.testing.fakes import ScriptedStt, Tone, ToneTts
from ovos_voice_agent.transports.tls import default_folder
from tests.clients.environments import node_environment, python_environment
from tests.clients.mind import Mind
from tests.end_to_end.talking import Fakes, configured
from tests.recordings import silence_24k, speech_24k

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROGRAMS = Path(__file__).parents[1] / "clients"
LIMIT_S = 60.0
"""A program that takes longer hangs; it is no measure of anything."""
SAID = "go forward ten meters"

TURNS: list[dict[str, Any]] = [
    {"step": "connect", "has_id": True},
    {"step": "text", "answer": "You said: good morning."},
    {"step": "speech", "heard": SAID, "answer": f"You said: {SAID}."},
    {"step": "function", "name": "get_weather", "arguments": {"city": "London"}, "answer": "It is foggy."},
    {"step": "cancel", "status": "cancelled", "reason": "client_cancelled"},
]
INTERRUPTED = {"step": "barge-in", "status": "cancelled", "reason": "turn_detected", "answer": "You said: What now?."}
AGAIN = {"step": "reconnect", "answer": "You said: hello again.", "times": 1}

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed: its clients cannot run")


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """What the programs say aloud, as 24 kHz PCM, with the silence after it."""
    path = tmp_path / "speech.pcm"
    path.write_bytes(speech_24k("goforward") + silence_24k(1.2))
    return path


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the server's own certificate will be."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return default_folder() / "certificate.pem"


def fakes() -> Fakes:
    return Fakes(stt=ScriptedStt([SAID] * 9), llm=Mind(), tts=ToneTts(Tone(word_times=True)))


def run(*command: Any, environment: Mapping[str, str] | None = None, cwd: Path | None = None, tls: bool = False) -> Run:
    """Run a program against a server of its own; `{url}` in its arguments is the server's."""
    engines = fakes()

    async def play() -> str:
        async with running(configured(tls_self_signed=tls), engines.by_stage) as server:
            return await _output(server, command, {**os.environ, **(environment or {})}, cwd)

    lines = asyncio.run(play()).splitlines()
    return Run([json.loads(line) for line in lines], engines)


async def _output(server: Running, command: Any, environment: Mapping[str, str], cwd: Path | None) -> str:
    names = {"ws{url}": server.url.replace("http", "ws", 1), "{url}": server.url, "{root}": server.url[: -len("/v1")]}
    arguments = [str(part) for part in command]
    for name, meaning in names.items():
        arguments = [argument.replace(name, meaning) for argument in arguments]
    program = await asyncio.create_subprocess_exec(
        *arguments, env=environment, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    watch = asyncio.get_running_loop().call_later(LIMIT_S, program.kill)
    output, errors = await program.communicate()
    watch.cancel()
    assert program.returncode == 0, f"after this it failed, or hung:\n{output.decode()}\n{errors.decode()[-4000:]}"
    return output.decode()


class Run:
    """What a program told, and what the model was told meanwhile."""

    def __init__(self, steps: list[dict[str, Any]], engines: Fakes) -> None:
        self.steps = steps
        self._engines = engines

    def check(self, **interruption: Any) -> None:
        """All steps went as they must; after the truncation the model knew only what had been heard."""
        assert self.steps == [*TURNS, {**INTERRUPTED, **interruption}, AGAIN]
        [prompt] = [prompt for prompt in self._engines.llm.prompts if _asked(prompt) == "What now?"]
        told = [message.text for message in prompt.messages if message.role == "assistant"][-2]
        assert told.startswith("This")
        assert len(told) < 200, "more than twelve seconds of a story that was interrupted at once"
        assert self._engines.open_streams == 0


def _asked(prompt: Any) -> str:
    return next((message.text for message in reversed(prompt.messages) if message.role == "user"), "")


def test_openai_python(speech: Path) -> None:
    run(python_environment("openai-ga"), PROGRAMS / "openai_ga.py", "{url}", speech).check(heard_ms=600)


def test_openai_python_of_the_preview(speech: Path, certificate: Path) -> None:
    program = (python_environment("openai-beta"), PROGRAMS / "openai_beta.py", "openai", "{url}", speech)
    run(*program, environment={"SSL_CERT_FILE": str(certificate)}, tls=True).check(heard_ms=600)


def test_openai_python_of_the_preview_with_azure(speech: Path, certificate: Path) -> None:
    program = (python_environment("openai-beta"), PROGRAMS / "openai_beta.py", "azure", "{root}", speech)
    run(*program, environment={"SSL_CERT_FILE": str(certificate)}, tls=True).check(heard_ms=600)


def test_openai_agents_python(speech: Path) -> None:
    url = "ws{url}/realtime?model=gpt-realtime"
    run(python_environment("agents"), PROGRAMS / "openai_agents.py", url, speech).check(heard=True)


@needs_node
def test_openai_node(speech: Path, certificate: Path) -> None:
    program = ("node", PROGRAMS / "openai_node.mjs", "{url}", speech)
    trust = {"NODE_EXTRA_CA_CERTS": str(certificate)}
    run(*program, environment=trust, cwd=node_environment("openai-node"), tls=True).check(heard_ms=600)


@needs_node
def test_openai_agents_node(speech: Path) -> None:
    program = ("node", PROGRAMS / "agents_node.mjs", "ws{url}/realtime?model=gpt-realtime", speech)
    run(*program, cwd=node_environment("agents-node")).check(heard=True)
