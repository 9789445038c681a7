"""Errors as HTTP answers."""

from __future__ import annotations

import json

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.transports.refusal import OUR_FAULT, Refusal


def test_the_body_has_all_four_keys() -> None:
    refusal = Refusal.of(ClientError("No.", code="invalid_value", param="model"))
    assert refusal.status == 400
    assert json.loads(refusal.body) == {
        "error": {"message": "No.", "type": "invalid_request_error", "param": "model", "code": "invalid_value"}
    }


@pytest.mark.parametrize(
    ("status", "header", "value"),
    [
        (429, "retry-after", "5"),
        (503, "retry-after", "2"),
        (409, "x-should-retry", "false"),
        (404, "retry-after", None),
    ],
)
def test_clients_are_told_whether_and_when_to_ask_again(status: int, header: str, value: str | None) -> None:
    assert Refusal.of(ClientError("No.", status=status)).headers.get(header) == value


def test_our_own_fault_is_called_so() -> None:
    assert (OUR_FAULT.status, OUR_FAULT.type, OUR_FAULT.code) == (500, "server_error", None)
