"""Names that requests use."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue, Names
from ovos_voice_agent.runtime.service import SHOWN_NAMES, Service, checked_model
from tests.runtime.scenes import world


def service(voices: dict[str, str]) -> Service:
    return Service(world(), Catalogue(Names({}), Names({}), Names(voices), "m", "t", "nice"))


def test_voices_have_the_engines_own_names() -> None:
    found = service({"nice": "own-1", "alloy": "own-2", "any": ""})
    assert found.voice("alloy") == "own-2"
    assert found.voice("any") == found.default_voice == "own-1"


def test_a_voice_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ClientError) as raised:
        service({"nice": "x", "alloy": "y"}).voice("bob", "audio.voice")
    assert (raised.value.code, raised.value.param) == ("invalid_value", "audio.voice")
    assert raised.value.message == "Invalid value: 'bob'. Supported values are: 'nice', 'alloy'."


def test_a_long_list_is_not_told_in_full() -> None:
    with pytest.raises(ClientError) as raised:
        service({f"voice-{n}": "" for n in range(SHOWN_NAMES + 5)}).voice("bob")
    assert f"'voice-{SHOWN_NAMES - 1}', and others" in raised.value.message
    assert f"'voice-{SHOWN_NAMES}'" not in raised.value.message


def test_models() -> None:
    names = Names({"whisper-1": "", "fast": "tiny"})
    assert checked_model("whisper-1", names) is None
    assert checked_model("fast", names) == "tiny"
    with pytest.raises(ClientError) as raised:
        checked_model("slow", names)
    assert (raised.value.status, raised.value.code, raised.value.param) == (404, "model_not_found", "model")
