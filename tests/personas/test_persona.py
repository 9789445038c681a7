from __future__ import annotations

from ovos_voice_agent.personas.persona import Persona


def test_what_a_persona_does_not_say_is_as_configured() -> None:
    persona = Persona("pirate", "Talk like a pirate.")
    assert (persona.voice, persona.model) == ("", "")
