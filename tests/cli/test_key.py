"""`key`: what it prints is a configuration that accepts the key."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest

from ovos_voice_agent.cli import main
from ovos_voice_agent.config import load
from ovos_voice_agent.transports.auth import digest_of


def test_a_new_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", 'my "kitchen"']) == 0
    first, rest = capsys.readouterr().out.split("\n", 1)
    key = first.rpartition(" ")[2]
    assert key.startswith("sk-")
    assert len(key) > 40
    assert key not in rest
    file = tmp_path / "voice.toml"
    file.write_text(rest)
    [known] = load(file).server.api_keys
    assert (known.name, known.hash) == ('my "kitchen"', f"sha256:{digest_of(key).hex()}")


def test_a_key_of_ones_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("sk-mine\n"))
    assert main(["key", "--hash"]) == 0
    text = capsys.readouterr().out
    assert "sk-mine" not in text
    assert tomllib.loads(text)["server"]["api_keys"][0]["hash"] == f"sha256:{digest_of('sk-mine').hex()}"


def test_no_key_at_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["key", "--hash"]) == 1
    assert "no key" in capsys.readouterr().err
