from __future__ import annotations

from ovos_voice_agent.personas.persona import OwnEngine, Persona


def test_what_a_persona_does_not_say_is_as_configured() -> None:
    persona = Persona("pirate", "Talk like a pirate.")
    assert (persona.voice, persona.model, persona.language, persona.first_message) == ("", "", "", "")
    assert persona.engines == {}


def test_keys_of_engines_do_not_show() -> None:
    persona = Persona("pirate", "Arr.", engines={"llm": OwnEngine("openai", {"api_key": "sk-secret"})})
    assert "sk-secret" not in repr(persona)
    assert "api_key" in repr(persona)
