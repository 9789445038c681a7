"""Reports are values, and each has its place in the session's table."""

from __future__ import annotations

import typing

import msgspec
import pytest

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.protocol import client_events as ce
from tests.core.stage import new_session

REPORTS = typing.get_args(ee.EngineEvent)
CLIENT_EVENTS = typing.get_args(ce.AnyClientEvent)


@pytest.mark.parametrize("kind", REPORTS, ids=lambda kind: kind.__name__)
def test_every_report_is_frozen(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen


def test_the_session_has_a_method_for_every_input() -> None:
    assert set(new_session()._table) == set(REPORTS) | set(CLIENT_EVENTS)
