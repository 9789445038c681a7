"""Client events are frozen values; their defaults are what an absent key means."""

from __future__ import annotations

import typing

import msgspec
import pytest
from msgspec import UNSET

from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol.objects import ItemId


@pytest.mark.parametrize("kind", [*typing.get_args(ce.AnyClientEvent), ce.NewItem, ce.ResponseParameters])
def test_they_are_frozen(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen


def test_there_are_eleven() -> None:
    assert len(typing.get_args(ce.AnyClientEvent)) == 11


def test_defaults() -> None:
    assert ce.ResponseCreate().response == ce.ResponseParameters()
    assert ce.ResponseParameters().conversation == "auto"
    assert ce.ResponseParameters().metadata is UNSET
    assert ce.ConversationItemDelete(item_id=ItemId("x")).event_id is None
