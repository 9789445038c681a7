"""Server events: every type of ours is one of the official SDK's, with all the keys that it requires."""

from __future__ import annotations

import typing

import msgspec
import pytest

from ovos_voice_agent.protocol import server_events as se
from tests.core.stage import sdk_events

EVENTS = {kind.__struct_config__.tag: kind for kind in typing.get_args(se.ServerEvent)}
OURS = {"x_ovos.turn.timeline", "x_ovos.response.word_times"}


@pytest.mark.parametrize("kind", EVENTS)
def test_it_is_frozen_and_begins_with_its_id(kind: str) -> None:
    assert EVENTS[kind].__struct_config__.frozen
    assert EVENTS[kind].__struct_fields__[0] == "event_id"


@pytest.mark.parametrize("kind", sorted(set(EVENTS) - OURS))
def test_the_sdk_knows_it_and_finds_its_keys(kind: str) -> None:
    fields = sdk_events()[kind].model_fields
    ours = {"type", *EVENTS[kind].__struct_fields__}
    assert {name for name, field in fields.items() if field.is_required()} <= ours
    assert ours <= set(fields)


def test_extensions_have_a_name_of_their_own() -> None:
    assert {kind for kind in EVENTS if kind not in sdk_events()} == OURS
    assert len(EVENTS) == len(typing.get_args(se.ServerEvent)) == 33
    assert all(issubclass(kind, msgspec.Struct) for kind in EVENTS.values())
