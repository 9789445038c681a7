"""What is told of a failure, and to whom."""

from __future__ import annotations

import logging

import pytest

from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.runtime.failure import OUR_FAULT, Failure, StageFailed, failure_of


def test_an_engine_speaks_for_itself() -> None:
    error = EngineError("The model is gone.", code="model_unavailable")
    assert failure_of(StageFailed("llm", error)) == Failure("llm", "model_unavailable", "The model is gone.")
    assert failure_of(ClientError("no such voice", code="invalid_value"), "tts").code == "invalid_value"
    assert failure_of(ClientError("no code"), "stt").code == "server_error"


def test_the_first_of_a_group_counts() -> None:
    group = ExceptionGroup("two", [StageFailed("tts", EngineError("first")), ValueError("second")])
    assert failure_of(ExceptionGroup("outer", [group])) == Failure("tts", "server_error", "first")


def test_a_bug_is_logged_with_its_trace_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        failure = failure_of(StageFailed("llm", KeyError("secret prompt")))
    assert failure == Failure("llm", "server_error", OUR_FAULT)
    assert [record.exc_info is not None for record in caplog.records] == [True]
