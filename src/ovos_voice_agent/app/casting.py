"""Who answers under which model: the default, and each persona with its names, language, first message and engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from ovos_voice_agent.app.languages import languages_of
from ovos_voice_agent.app.offering import catalogue_of, offer_of
from ovos_voice_agent.app.troupe import Troupe
from ovos_voice_agent.app.turn_taking import with_turn_taking
from ovos_voice_agent.config import Config, SessionConfig
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.engines.text_language import TextLanguage
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.personas.persona import Persona
from ovos_voice_agent.runtime.world import Engines, World


@dataclass(frozen=True, slots=True)
class Cast:
    """A world to work in, the names that are known there, and what sessions in it are offered."""

    world: World
    names: Catalogue
    offer: Offer


@dataclass(frozen=True, slots=True)
class Casting:
    """`by_model` has the personas; all other models are the default."""

    default: Cast
    by_model: Mapping[str, Cast] = field(default_factory=dict)

    def of(self, model: str) -> Cast:
        """Who answers under that name."""
        return self.by_model.get(model, self.default)


def casting_of(config: Config, engines: Engines, troupe: Troupe, detector: TextLanguage, **shared: Any) -> Casting:
    """Once all engines are started; `shared` is what all worlds have in common. Raises ConfigError with every
    mistake."""
    default = _cast(config, config.session, engines, troupe, detector, shared)
    by_model: dict[str, Cast] = {}
    problems: list[str] = []
    for persona in troupe.personas.values():
        own = troupe.by_persona.get(persona.name, {})
        try:
            session = _session_of(persona, config.session, own_voice="tts" in own)
            cast = _cast(config, session, _with_own(engines, own), troupe, detector, shared)
        except ConfigError as error:
            problems += [f"session.personas: {persona.name}: {problem}" for problem in error.problems]
            continue
        if persona.voice and persona.voice not in cast.names.voices:
            problems.append(f"session.personas: {persona.name} has a voice that does not exist: '{persona.voice}'")
        by_model[persona.name] = replace(cast, offer=replace(cast.offer, first_message=persona.first_message))
    if problems:
        raise ConfigError(problems)
    return Casting(default, by_model)


def _with_own(engines: Engines, own: Mapping[str, Any]) -> Engines:
    return replace(engines, **own)


def _session_of(persona: Persona, session: SessionConfig, *, own_voice: bool) -> SessionConfig:
    """The configuration with what the persona says over it. Names of voices are those of the engine they belong to."""
    session = structs.replace(session, language=persona.language or session.language)
    return structs.replace(session, voice="", voices={}, language_voices={}) if own_voice else session


def _cast(
    config: Config,
    session: SessionConfig,
    engines: Engines,
    troupe: Troupe,
    detector: TextLanguage,
    shared: Mapping[str, Any],
) -> Cast:
    stt, llm, tts = engines.stt.info, engines.llm.info, engines.tts
    names = catalogue_of(session, stt, llm, tts, troupe.personas)
    world = World(
        engines=engines,
        model_name=names.models.own_name,
        recogniser_name=names.transcription_models.own_name,
        voice_name=names.voices.own_name,
        languages=languages_of(session, detector, names.voices, stt, llm, tts),
        context_tokens=session.context_tokens or None,
        echo_guard=session.echo_guard,
        **shared,
    )
    cleans = engines.frontend is not None and engines.frontend.reduces_noise
    offer = offer_of(config, names, stt, llm, noise_reduction=cleans)
    return Cast(world, names, with_turn_taking(offer, session, stt, llm, tts.info))
