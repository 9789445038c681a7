"""What sessions are offered, by the configuration and by what the engines say of themselves."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET

from ovos_voice_agent.config import Config, SessionConfig
from ovos_voice_agent.core.offer import Limits, Offer, Unlimited
from ovos_voice_agent.engines.interface import EngineInfo, Tts
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.catalogue import (
    Catalogue,
    VoiceOfEngine,
    chat_names,
    model_names,
    speech_names,
    transcription_names,
    voice_names,
)
from ovos_voice_agent.personas.instructions import SPOKEN
from ovos_voice_agent.personas.persona import Persona
from ovos_voice_agent.protocol.dialects.beta import beta_defaults
from ovos_voice_agent.protocol.settings import (
    AudioSettings,
    Extensions,
    InputAudioSettings,
    OutputAudioSettings,
    RealtimeSettings,
    ServerVad,
    Settings,
    Transcription,
    TranscriptionSettings,
)
from ovos_voice_agent.transports.dialect import PREVIEW
from ovos_voice_agent.transports.opening import Opening

SECONDS_PER_MINUTE = 60


def catalogue_of(
    session: SessionConfig, stt: EngineInfo, llm: EngineInfo, tts: Tts, personas: Mapping[str, Persona] | None = None
) -> Catalogue:
    """The names in force, once the engines are started; `personas` by the names of their models. Raises ConfigError
    when the configured voice does not exist."""
    personas = personas or {}
    openai = session.openai_names
    voices = [VoiceOfEngine(voice.id, voice.language, voice.gender) for voice in tts.voices]
    default_voice = session.voice or voices[0].id
    names = voice_names(voices, session.voices, session.voices.get(default_voice, default_voice), openai=openai)
    if default_voice not in names:
        message = f"session.voice: the engine '{tts.info.name}' has no voice '{default_voice}'"
        raise ConfigError([message])
    answering = {**session.models, **{persona.name: persona.model for persona in personas.values()}}
    models = model_names(session.model, answering, llm.models, openai=openai)
    return Catalogue(
        models=models,
        transcription_models=transcription_names(stt.name, stt.models, openai=openai),
        voices=names,
        default_model=session.model,
        default_transcription_model=stt.models[0] if stt.models else stt.name,
        default_voice=default_voice,
        chat_models=chat_names(models, openai=openai),
        speech_models=speech_names(tts.info.name, tts.info.models, openai=openai),
        personas=personas,
    )


def offer_of(
    config: Config, catalogue: Catalogue, stt: EngineInfo, llm: EngineInfo, *, noise_reduction: bool = False
) -> Offer:
    """What the core may promise."""
    server = config.server
    return Offer(
        transcription_model=catalogue.default_transcription_model,
        voices=frozenset(catalogue.voices),
        transcription_models=frozenset(catalogue.transcription_models),
        transcription_languages=frozenset(code.split("-")[0].lower() for code in stt.languages) or None,
        transcription_prompts=stt.prompts,
        transcription_key_terms=stt.key_terms,
        prompts=config.session.prompts,
        noise_reduction=noise_reduction,
        reasoning=llm.reasoning,
        recording=bool(config.recording.directory),
        allowance=Unlimited() if server.send_rate_limits else Unlimited(()),
        limits=Limits(
            session_seconds=server.session_limit_minutes * SECONDS_PER_MINUTE,
            buffer_seconds=server.max_input_minutes * SECONDS_PER_MINUTE,
            items=server.max_items,
            tools=server.max_tools,
            out_of_band_responses=server.max_parallel_responses,
        ),
    )


def settings_for(opening: Opening, config: Config, catalogue: Catalogue) -> Settings:
    """What a new session starts with."""
    settings = _ga_settings_for(opening, config, catalogue)
    return beta_defaults(settings) if opening.dialect in PREVIEW else settings


def _ga_settings_for(opening: Opening, config: Config, catalogue: Catalogue) -> Settings:
    turns = ServerVad(silence_duration_ms=config.session.silence_duration_ms)
    extensions = Extensions(timeline=True) if opening.timeline else UNSET
    if opening.kind == "transcription":
        heard = InputAudioSettings(transcription=Transcription(opening.model), turn_detection=turns)
        return TranscriptionSettings(audio=AudioSettings(input=heard), x_ovos=extensions)
    persona = catalogue.personas.get(opening.model, Persona("", config.session.instructions or SPOKEN))
    spoken = OutputAudioSettings(voice=persona.voice or catalogue.default_voice)
    return RealtimeSettings(
        model=opening.model,
        instructions=persona.instructions,
        audio=AudioSettings(input=InputAudioSettings(turn_detection=turns), output=spoken),
        x_ovos=extensions,
    )
