"""`conformance` against a scripted server: what it prints, and its exit code."""

from __future__ import annotations

import json

import pytest

from ovos_voice_agent.cli import main
from tests.cli.test_talk import stub_in_thread
from tests.client.realtime_stub import Event

QUICK = ["--patience", "0.05", "--speed", "1000", "--jobs", "8"]


def answer(event: Event) -> list[Event]:
    return []


def test_a_failed_case_is_reported_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with stub_in_thread(answer) as stub:
        code = main(["conformance", "--url", stub.url, "--only", "connection.", *QUICK])
    printed = capsys.readouterr().out
    assert code == 1
    assert "FAILED       connection.no-subprotocol-unasked" not in printed
    assert "FAILED       connection.subprotocol" in printed


def test_what_passes_has_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    with stub_in_thread(answer) as stub:
        code = main(["conformance", "--url", stub.url, "--only", "connection.pong", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [case["outcome"] for case in data["cases"]] == ["passed"]


def test_no_server_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--url", "http://127.0.0.1:9/v1", "--only", "connection.pong"]) == 1
    assert capsys.readouterr().err.startswith("no Realtime server answers at http://127.0.0.1:9/v1")


def test_cases_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--list", "--only", "tools."]) == 0
    assert "tools.forced-call  (6.11; SD)" in capsys.readouterr().out


def test_a_file_that_is_no_recording_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    assert main(["conformance", "--speech", __file__, "--only", "connection.pong"]) == 1
    assert "test_conformance.py" in capsys.readouterr().err
