"""Several processes on one port: they serve as one, a dead one is replaced, and none is left behind."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.sync.connection import Connection

from ovos_voice_agent.app.engines import StartError
from ovos_voice_agent.app.signals import Stop
from ovos_voice_agent.app.supervising import Crew, shared_config
from ovos_voice_agent.config import load
from ovos_voice_agent.errors import ConfigError
from tests.app.crews import LIMIT_S, Server, children, lives, until
from tests.recordings import speech_24k, transcript

REAL = '[engines.stt]\nname = "pocketsphinx"\nworkers = 2\n[engines.llm]\nname = "offline"\n'
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel shares a port among processes on Linux only")


def test_all_members_have_one_store_and_one_number_of_processes_for_an_engine(tmp_path: Path) -> None:
    given = {"server.workers": 2, "engines.stt.name": "pocketsphinx", "engines.stt.workers": 3}
    shared = shared_config(load(None, {}, given), 1234, {"XDG_STATE_HOME": str(tmp_path)})
    assert (shared.server.port, Path(shared.server.store).exists()) == (1234, True)
    assert shared.engines.stt.options["workers"] == 3
    assert "workers" not in shared.engines.tts.options


@pytest.mark.parametrize("store", ["memory", "/dev/null/no.sqlite3"])
def test_without_a_file_they_could_not_count_together(store: str) -> None:
    with pytest.raises(ConfigError, match=r"^server\.store: .*several workers"):
        shared_config(load(None, {}, {"server.workers": 2, "server.store": store}), 1234, {})


def test_without_a_folder_for_sockets_it_says_why() -> None:
    crew = Crew(load(None, {}, {"server.workers": 2}), "/dev/null", lambda _: None)
    with pytest.raises(StartError, match="cannot be shared"):
        asyncio.run(crew.run(Stop()))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    try:
        until(lambda: started.ready)
        yield started
    finally:
        started.stop()


@pytest.mark.real
@pytest.mark.slow
@LINUX
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


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Server]:
    """With the recogniser and the voice in the box."""
    started = Server(tmp_path, REAL)
    try:
        until(lambda: started.ready)
        yield started
    finally:
        started.stop()


def words(client: Connection, recording: str) -> str:
    """What the server takes a recording for."""
    audio = {"turn_detection": None, "transcription": {"model": "whisper-1"}}
    for event in (
        {"type": "session.update", "session": {"type": "realtime", "audio": {"input": audio}}},
        {"type": "input_audio_buffer.append", "audio": base64.b64encode(speech_24k(recording)).decode()},
        {"type": "input_audio_buffer.commit"},
    ):
        client.send(json.dumps(event))
    while (event := json.loads(client.recv(LIMIT_S)))[
        "type"
    ] != "conversation.item.input_audio_transcription.completed":
        assert event["type"] != "error", event
    return str(event["transcript"])


def sessions_on_both(server: Server, stack: ExitStack) -> list[Connection]:
    """The kernel deals connections out as it likes: some more, until each process has one."""
    by_worker: dict[str, Connection] = {}
    while len(by_worker) < 2:
        client, session_id = stack.enter_context(server.connected())
        by_worker[server.worker_of(session_id)] = client
    return list(by_worker.values())


@pytest.mark.real
@pytest.mark.slow
@LINUX
def test_models_are_in_memory_once_for_all(speaking: Server) -> None:
    recognisers = speaking.running("pocketsphinx_worker")
    voices = speaking.running("espeak_worker")
    assert (len(recognisers), len(voices), len(speaking.members)) == (2, 1, 2)
    assert not any(children(member) for member in speaking.members)
    with ExitStack() as stack:
        clients = sessions_on_both(speaking, stack)
        with ThreadPoolExecutor() as pool:
            heard = list(pool.map(words, clients, ["goforward"] * 2))
        assert heard == [transcript("goforward")] * 2
        os.kill(recognisers[0], signal.SIGKILL)
        until(lambda: len(set(speaking.running("pocketsphinx_worker")) | set(recognisers)) == 3)
        until(lambda: speaking.ready)
        assert words(clients[0], "goforward") == transcript("goforward")
    members, recognisers = speaking.members, speaking.running("pocketsphinx_worker")
    os.kill(members[0], signal.SIGKILL)
    until(lambda: len(set(speaking.members) | set(members)) == 3 and speaking.ready)
    assert speaking.running("pocketsphinx_worker") == recognisers  # models are not loaded again
    everyone = children(speaking.process.pid)
    assert len(everyone) == 5
    speaking.process.terminate()
    speaking.process.communicate(timeout=LIMIT_S)
    assert speaking.process.returncode == 0
    assert not any(lives(pid) for pid in everyone)
    assert list(speaking.temporary.iterdir()) == []


@pytest.mark.real
@pytest.mark.slow
@LINUX
def test_nothing_outlives_a_parent_that_is_killed(speaking: Server) -> None:
    everyone = children(speaking.process.pid)
    assert len(everyone) == 5
    speaking.process.kill()
    until(lambda: not any(lives(pid) for pid in everyone))
    until(lambda: not any(speaking.temporary.iterdir()))
