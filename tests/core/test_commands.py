"""Commands are values: frozen, comparable, and shown as plain objects."""

from __future__ import annotations

import typing

import msgspec
import pytest

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.testing.scripts import plain


@pytest.mark.parametrize("kind", typing.get_args(c.Command), ids=lambda kind: kind.__name__)
def test_every_command_is_frozen(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen


def test_a_command_is_a_value() -> None:
    assert c.SetTimer("idle", 1.0) == c.SetTimer("idle", 1.0)
    assert plain(c.Close(1001, "Bye.")) == {"type": "Close", "code": 1001, "reason": "Bye."}
