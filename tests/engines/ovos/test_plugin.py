from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.engines.ovos.stt import create
from ovos_voice_agent.errors import ConfigError

pytestmark = pytest.mark.extra


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "plugin must be the name"),
        ({"plugin": "ovos-stt-plugin-server"}, "public servers"),
        ({"plugin": "x", "speed": 2}, "speed is not an option"),
    ],
)
def test_mistakes_are_named_before_a_plugin_is_loaded(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        create(options)


@pytest.mark.parametrize(
    ("options", "local"),
    [
        ({"plugin": "ovos-stt-plugin-pocketsphinx"}, True),
        ({"plugin": "ovos-stt-plugin-server", "config": {"url": "http://127.0.0.1:1/stt"}}, False),
        ({"mycroft_conf": True}, False),
    ],
)
def test_what_may_leave_this_machine_says_so(options: dict[str, Any], *, local: bool) -> None:
    assert create(options).info.local is local
