"""Who answers under which model."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ovos_voice_agent.app.casting import Casting, casting_of
from ovos_voice_agent.app.ids import Ids
from ovos_voice_agent.app.languages import detector_of
from ovos_voice_agent.app.troupe import Troupe
from ovos_voice_agent.config import SessionConfig, load
from ovos_voice_agent.engines.interface import Engine, Voice
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.persona import Persona
from ovos_voice_agent.runtime.world import Engines
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts

ENGINES = Engines(EnergyVad(), ScriptedStt(), ScriptedLlm(), ToneTts())


class Parrot(ToneTts):
    voices = (Voice("polly", "es"),)


def casting(own: dict[str, dict[str, Engine]], *personas: Persona, **session: Any) -> Casting:
    config = msgspec.structs.replace(load(None, {}), session=SessionConfig(**session))
    troupe = Troupe({persona.name: persona for persona in personas}, {}, own)
    return casting_of(config, ENGINES, troupe, detector_of(config.session), new_id=Ids())


def test_whoever_is_no_persona_is_the_default() -> None:
    found = casting({}, Persona("pirate", "Arr."))
    assert found.of("gpt-realtime") is found.default
    assert found.of("pirate").names.default_voice == "tone"


def test_a_persona_says_what_it_likes() -> None:
    ann = Persona("ann", "Be Ann.", language="de", first_message="Guten Tag.")
    found = casting({}, ann, languages=("en", "de"))
    assert (found.of("ann").offer.first_message, found.default.offer.first_message) == ("Guten Tag.", "")
    assert (found.of("ann").world.languages.fixed, found.default.world.languages.fixed) == ("de", None)


def test_a_persona_with_engines_works_in_a_world_of_its_own() -> None:
    parrot, mind = Parrot(), ScriptedLlm()
    found = casting({"pirate": {"tts": parrot, "llm": mind}}, Persona("pirate", "Arr.", "polly"), voice="other")
    own = found.of("pirate")
    assert (own.world.engines.tts, own.world.engines.llm, own.world.engines.stt) == (parrot, mind, ENGINES.stt)
    assert (own.names.default_voice, found.default.names.default_voice) == ("polly", "other")
    assert own.offer.voices is not None
    assert "polly" in own.offer.voices
    assert "tone" not in own.offer.voices


def test_mistakes_are_told_with_the_name_of_the_persona() -> None:
    with pytest.raises(ConfigError) as error:
        casting({"bob": {"tts": Parrot()}}, Persona("ann", "x", "polly"), Persona("bob", "x", "tone"))
    assert list(error.value.problems) == [
        "session.personas: ann has a voice that does not exist: 'polly'",
        "session.personas: bob has a voice that does not exist: 'tone'",
    ]
