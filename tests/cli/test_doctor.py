"""`doctor` on set-ups that are broken in one way each: it finds that, names what mends it, and goes on."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ovos_voice_agent.cli.main import main
from ovos_voice_agent.weights.store import PART, Store
from tests.engines.auto.test_candidates import pretend

MODELS = {"object": "list", "data": [{"id": "m"}, {"id": "llama3.2:latest"}]}


@contextmanager
def model_server(status: int = 200, body: Any = MODELS) -> Iterator[str]:
    """Base URL of a server that lists its models."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: it would stand between the test's lines."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Setup:
    """A home of its own with a configuration file; its ears and voice are a server that is there, to start at once."""

    home: Path
    owned: ExitStack
    server: str
    tables: dict[str, list[str]] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def set(self, table: str, *lines: str) -> None:
        self.tables[table] = list(lines)

    @property
    def store(self) -> Store:
        return Store(self.home / "data" / "ovos-voice-agent" / "models")

    def toml(self) -> str:
        usual = {
            "server": ["port = 0"],
            "engines.stt": ['name = "openai"', 'model = "m"', f'base_url = "{self.server}"'],
            "engines.tts": ['name = "openai"', 'model = "m"', f'base_url = "{self.server}"'],
        }
        tables = {**usual, **self.tables}
        return "".join(f"[{table}]\n" + "\n".join(lines) + "\n" for table, lines in tables.items())


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setup]:
    with ExitStack() as owned:
        setup = Setup(tmp_path, owned, owned.enter_context(model_server()))
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        yield setup


def findings(
    setup: Setup, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[Any]]:
    """The exit code, and the findings of level `problem` and `hint`."""
    for name, value in setup.environ.items():
        monkeypatch.setenv(name, value)
    file = setup.home / "voice.toml"
    file.write_text(setup.toml())
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    code = main(["doctor", "--json", "--config", str(file)])
    told = json.loads(capsys.readouterr().out)
    return code, [finding for finding in told if finding["level"] != "good"]


def port_in_use(setup: Setup) -> None:
    taken = setup.owned.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
    setup.set("server", f"port = {taken.getsockname()[1]}")


def unknown_key(setup: Setup) -> None:
    setup.set("server", "port = 0", "prot = 1")


def missing_extra(setup: Setup) -> None:
    setup.set("engines.tts", 'name = "kokoro"')


def model_not_fetched(setup: Setup) -> None:
    setup.set("engines.tts", 'name = "piper"', 'model = "piper-de_DE-thorsten-medium"')


def damaged_model(setup: Setup) -> None:
    pretend(setup.store, "smart-turn")


def begun_model(setup: Setup) -> None:
    folder = setup.store.folder / "zipformer-ru"
    folder.mkdir(parents=True)
    (folder / f"encoder.int8.onnx{PART}").write_bytes(b"a beginning")


def key_not_set(setup: Setup) -> None:
    setup.set("engines.llm", 'name = "openai"', 'model = "m"', f'base_url = "{setup.server}"', 'api_key_env = "MY_KEY"')


def server_away(setup: Setup) -> None:
    setup.set("engines.llm", 'name = "openai"', 'model = "llama3.2"', 'base_url = "http://127.0.0.1:11434/v1"')


def key_refused(setup: Setup) -> None:
    base_url = setup.owned.enter_context(model_server(401))
    setup.set("engines.llm", 'name = "openai"', 'model = "m"', f'base_url = "{base_url}"', 'api_key = "sk-old"')


def model_unknown_to_its_server(setup: Setup) -> None:
    setup.set("engines.llm", 'name = "openai"', 'model = "gpt-9"', f'base_url = "{setup.server}"')


def no_list_of_models(setup: Setup) -> None:
    base_url = setup.owned.enter_context(model_server(404))
    setup.set("engines.llm", 'name = "openai"', 'model = "m"', f'base_url = "{base_url}"')


def no_certificate(setup: Setup) -> None:
    (setup.home / "cert.pem").write_text("this is no certificate")
    setup.set("server", "port = 0", f'tls_cert = "{setup.home}/cert.pem"', f'tls_key = "{setup.home}/cert.pem"')


def no_personas(setup: Setup) -> None:
    setup.set("session", f'personas = "{setup.home}/nowhere"')


def store_in_a_file(setup: Setup) -> None:
    (setup.home / "state").write_text("a file where a folder should be")
    setup.set("server", "port = 0", f'store = "{setup.home}/state/store.sqlite3"')


def no_default_store(setup: Setup) -> None:
    (setup.home / "state").write_text("a file where a folder should be")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        setup.set("server", f"port = {free.getsockname()[1]}")


def open_to_all(setup: Setup) -> None:
    setup.set("server", "port = 0", 'host = "0.0.0.0"')


BROKEN: dict[str, tuple[Callable[[Setup], None], str, str]] = {
    "a port in use": (port_in_use, r"Port \d+ of 127.0.0.1 is in use", r"ovos-voice-agent serve --port \d+"),
    "a key that does not exist": (unknown_key, r"server\.prot: there is no such key; did you mean server\.port\?", ""),
    "an extra that is missing": (
        missing_extra,
        r"engines\.tts\.name: the engine 'kokoro' needs kokoro_onnx, which is not installed",
        r"pip install 'ovos-voice-agent\[kokoro\]'",
    ),
    "a model that was not fetched": (
        model_not_fetched,
        r"piper-de_DE-thorsten-medium is not on this machine|needs onnxruntime",
        r"ovos-voice-agent models pull piper-de_DE-thorsten-medium|pip install 'ovos-voice-agent\[piper\]'",
    ),
    "a damaged model": (
        damaged_model,
        r"smart-turn is damaged: smart-turn-v3.2-cpu.onnx is not what it should be",
        "ovos-voice-agent models pull smart-turn",
    ),
    "a download that was left": (
        begun_model,
        "zipformer-ru was begun and is not whole",
        "ovos-voice-agent models pull zipformer-ru",
    ),
    "a key that is not set": (key_not_set, r"api_key_env names the environment variable MY_KEY, which is not set", ""),
    "a server that is away": (server_away, r"http://127\.0\.0\.1:11434/v1 cannot be reached", "ollama serve"),
    "a key that is refused": (key_refused, "refuses the key", r"set engines\.llm\.api_key_env .*"),
    "a model that the server has not": (
        model_unknown_to_its_server,
        "has no model gpt-9",
        r"set engines\.llm\.model to one of: m, llama3\.2:latest",
    ),
    "an address that is not a base URL": (
        no_list_of_models,
        r"answers 404: is it the address up to /v1\?",
        ".*base_url",
    ),
    "a certificate that is none": (no_certificate, "cannot be used", "ovos-voice-agent serve --tls-self-signed"),
    "no folder of personas": (no_personas, r"session\.personas", ""),
    "a store that cannot be written": (store_in_a_file, "cannot be written", r"set server\.store to another file.*"),
    "no place for the default store": (no_default_store, "short-lived keys end with the server", "chmod .*"),
    "a server that is open to all": (open_to_all, r"server\.host: 0\.0\.0\.0 can be reached", ""),
}

ALWAYS = {"sound", "open files", "packages", "GPU"}
"""What depends on the machine that runs the test."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_setup_has_its_finding(
    name: str, setup: Setup, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks, words, mend = BROKEN[name]
    breaks(setup)
    code, told = findings(setup, capsys, monkeypatch)
    ours = [finding for finding in told if finding["about"] not in ALWAYS]
    assert len(ours) == 1, ours
    assert re.search(words, ours[0]["words"]), ours[0]
    assert re.fullmatch(mend, ours[0]["mend"]), ours[0]
    assert code == (1 if ours[0]["level"] == "problem" else 0)


def test_a_good_setup_has_none(
    setup: Setup, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, told = findings(setup, capsys, monkeypatch)
    assert [finding for finding in told if finding["about"] not in ALWAYS] == []
    assert code == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_keys_that_others_can_read(setup: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    file = setup.home / "voice.toml"
    file.write_text(setup.toml() + '[engines.llm]\nname = "offline"\n# key\n')
    file.chmod(0o644)
    assert main(["doctor", "--config", str(file)]) == 0
    told = capsys.readouterr().out
    assert "hint     configuration: other users can read" in told
    assert f"-> chmod 600 {file}" in told
    assert "Nothing is wrong." in told


@pytest.mark.real
def test_the_default_setup_is_examined_for_people(setup: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    file = setup.home / "voice.toml"
    file.write_text("[server]\nport = 0\n")
    assert main(["doctor", "--config", str(file)]) == 0
    told = capsys.readouterr().out
    for line in (
        "ok       Python: 3.",
        "ok       engines.stt: pocketsphinx is ready",
        "ok       engines.tts: espeak-ng",
    ):
        assert line in told
    assert max(map(len, told.splitlines())) <= 130
