"""What the server tells of itself."""

from __future__ import annotations

import msgspec
import pytest

from ovos_voice_agent.app.house import House
from ovos_voice_agent.app.offering import catalogue_of
from ovos_voice_agent.config import load
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.personas.persona import Persona
from ovos_voice_agent.runtime.hub import Hub
from ovos_voice_agent.runtime.load import LoadMeter
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts
from ovos_voice_agent.transports.lifecycle import Lifecycle

ENGINES = {"vad": EnergyVad(), "stt": ScriptedStt(), "llm": ScriptedLlm(), "tts": ToneTts()}


def names() -> Catalogue:
    session = msgspec.structs.replace(load(None, {}).session, models={"ada": ""}, openai_names=False)
    found = catalogue_of(session, ENGINES["stt"].info, ENGINES["llm"].info, ENGINES["tts"])  # type: ignore[arg-type]
    return Catalogue(
        models=found.models,
        transcription_models=found.transcription_models,
        voices=found.voices,
        default_model=found.default_model,
        default_transcription_model=found.default_transcription_model,
        default_voice=found.default_voice,
        personas={"ada": Persona("ada", "Be Ada.")},
    )


def house(**more: object) -> House:
    parts = {"names": names, "hub": Hub(), **more}
    return House(load(None, {}), ENGINES, lifecycle=Lifecycle(lambda: 7.0), meter=LoadMeter(), **parts)  # type: ignore[arg-type]


def test_the_page_learns_what_there_is_to_choose_from() -> None:
    choices = house().choices()
    assert choices["personas"] == ["ada"]
    assert choices["default_model"] in choices["models"]
    assert "ada" not in choices["models"], "a persona is chosen as one"
    assert {"name": "tone", "language": "en"} in choices["voices"]
    assert choices["default_voice"] == "tone"
    assert [(engine["stage"], engine["name"]) for engine in choices["engines"]] == [
        (stage, engine.info.name) for stage, engine in ENGINES.items()
    ]
    assert choices["recording"] is False


def test_while_engines_load_there_is_nothing_to_choose_from() -> None:
    def too_early() -> Catalogue:
        raise ClientError("Still loading.", status=503)

    with pytest.raises(ClientError):
        house(names=too_early).choices()


def test_the_operator_learns_how_it_is_doing() -> None:
    hub = Hub()
    hub.admit("sess_1")
    state = house(hub=hub).state()
    assert (state["state"], state["sessions"], state["max_sessions"]) == ("ready", 1, 2000)
    assert set(state["load"]) == {"cpu", "machine", "cores", "loop_delay_ms"}
    assert len(state["engines"]) == 4
