"""What requests get done without a session: the world's engines, under the names that clients know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ovos_voice_agent.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ovos_voice_agent.personas.catalogue import Catalogue, Names
    from ovos_voice_agent.runtime.world import World

SHOWN_NAMES = 30
"""Of a long list, in an error: espeak-ng alone has over a hundred voices."""


@dataclass(frozen=True, slots=True)
class Service:
    """All that a request needs. The instructions are for chats whose client sends none: `spoken_instructions` where
    it wants to hear the answer. `personas` are those who answer under other models, by their names."""

    world: World
    names: Catalogue
    instructions: str = ""
    spoken_instructions: str = ""
    personas: Mapping[str, Service] = field(default_factory=dict)

    def of(self, model: str) -> Service:
        """Who answers under that name."""
        return self.personas.get(model, self)

    def speaker(self, name: str) -> tuple[Service, str]:
        """Who has the voice of that name, and what it is called there: a persona that brings its own voice engine
        stands before its voices (`pirate/polly`)."""
        persona, _, own = name.partition("/")
        if name in self.names.voices or persona not in self.own_voices:
            return self, name
        return self.personas[persona], own

    @property
    def own_voices(self) -> tuple[str, ...]:
        """The personas that bring a voice engine, one for each engine."""
        found = {id(self.world.engines.tts): ""}
        for name, persona in self.personas.items():
            found.setdefault(id(persona.world.engines.tts), name)
        return tuple(filter(None, found.values()))

    def voice(self, name: str, param: str = "voice", status: int = 400) -> str:
        """The engine's own name of a voice. Raises ClientError with this status for one that does not exist."""
        if name not in self.names.voices:
            raise _no_such_voice(name, self.names.voices, param, status)
        return self.names.voices.own_name(name) or self.default_voice

    @property
    def default_voice(self) -> str:
        """The engine's own name of the voice of those who ask for none."""
        return self.names.voices.own_name(self.names.default_voice) or self.names.default_voice


def checked_model(name: str, names: Names) -> str | None:
    """The engine's own name of a model; None for its own choice. Raises ClientError 404 for one that does not exist."""
    if name not in names:
        message = f"The model '{name}' does not exist or you do not have access to it."
        raise ClientError(message, code="model_not_found", param="model", status=404)
    return names.own_name(name)


def _no_such_voice(name: str, voices: Iterable[str], param: str, status: int) -> ClientError:
    known = list(voices)
    shown = ", ".join(f"'{voice}'" for voice in known[:SHOWN_NAMES])
    more = ", and others: see GET /v1/audio/voices" if len(known) > SHOWN_NAMES else ""
    message = f"Invalid value: '{name[:80]}'. Supported values are: {shown}{more}."
    return ClientError(message, code="invalid_value", param=param, status=status)
