"""The front end that does nothing does it as the contract wants."""

from __future__ import annotations

import pytest

from ovos_voice_agent.engines.frontend.plain import create
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.testing.contracts import check_frontend
from tests.recordings import samples_16k


def test_contract() -> None:
    check_frontend(lambda: create({}), samples_16k("goforward").tobytes())


def test_it_offers_nothing_and_takes_no_options() -> None:
    assert not create({}).reduces_noise
    with pytest.raises(ConfigError, match="strength"):
        create({"strength": 1})
