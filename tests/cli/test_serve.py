"""`serve` up to the moment the server takes over: what the command line changes, and what it refuses."""

from __future__ import annotations

import pytest

from ovos_voice_agent import app
from ovos_voice_agent.cli import main
from ovos_voice_agent.config import Config


def test_the_configuration_and_the_exit_code_pass_through(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Config] = []

    def serve(config: Config) -> int:
        seen.append(config)
        return 7

    monkeypatch.setattr(app, "serve", serve)
    assert main(["serve", "--host", "127.0.0.2", "--port", "9"]) == 7
    assert (seen[0].server.host, seen[0].server.port) == ("127.0.0.2", 9)
    assert main(["serve", "--tls-self-signed"]) == 7
    assert seen[1].server.tls_self_signed
    assert main(["serve", "--tls-cert", "a.pem", "--tls-key", "b.pem"]) == 7
    assert (seen[2].server.tls_cert, seen[2].server.tls_key) == ("a.pem", "b.pem")
    assert not seen[2].server.tls_self_signed
    assert main(["serve", "--workers", "3"]) == 7
    assert [config.server.workers for config in seen] == [1, 1, 1, 3]


def test_a_server_for_everyone_needs_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "server.host: 0.0.0.0 can be reached from other machines" in capsys.readouterr().err
