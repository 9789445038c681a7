"""What sessions are offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from ovos_voice_agent.app.offering import catalogue_of, offer_of, settings_for
from ovos_voice_agent.config import Config, ServerConfig, SessionConfig, load
from ovos_voice_agent.engines.interface import EngineInfo, Voice
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.personas.instructions import SPOKEN
from ovos_voice_agent.personas.persona import Persona
from ovos_voice_agent.protocol.settings import OutputAudioSettings, RealtimeSettings, ServerVad, TranscriptionSettings
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.dialect import DialectName
from ovos_voice_agent.transports.opening import Opening


class Speaker:
    """Of a voice engine, what it says of itself."""

    info = EngineInfo("tts", "speaker", "fine")

    def __init__(self, *voices: Voice) -> None:
        self.voices = voices


def catalogue(
    speaker: Speaker | None = None, personas: Mapping[str, Persona] | None = None, **session: Any
) -> Catalogue:
    stt, llm = EngineInfo("stt", "sphinx", ""), EngineInfo("llm", "openai", "", models=("llama3",))
    voices: Any = speaker or Speaker(Voice("amy", "en", "female"), Voice("joe", "en", "male"))
    return catalogue_of(SessionConfig(**session), stt, llm, voices, personas)


def opening(
    kind: Any = "realtime", model: str = "gpt-realtime", dialect: DialectName = "ga", *, timeline: bool = False
) -> Opening:
    return Opening(kind, model, dialect, Credential(), timeline=timeline)


def config(**session: Any) -> Config:
    return msgspec.structs.replace(load(None, {}), session=SessionConfig(**session))


def test_the_defaults_are_the_engines_own() -> None:
    names = catalogue()
    assert (names.default_model, names.default_voice) == ("ovos-voice-agent", "amy")
    assert names.default_transcription_model == "sphinx"
    assert names.models.own_name("llama3") == "llama3"
    assert names.voices.own_name("echo") == "joe"


def test_the_configured_voice_may_be_an_alias() -> None:
    names = catalogue(voice="boss", voices={"boss": "joe"})
    assert (names.default_voice, names.voices.own_name("boss")) == ("boss", "joe")
    assert catalogue(voice="alloy").default_voice == "alloy"


def test_a_voice_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"session\.voice: the engine 'speaker' has no voice 'zoe'"):
        catalogue(voice="zoe")


def test_limits_come_from_the_configuration() -> None:
    server = ServerConfig(
        session_limit_minutes=30, max_input_minutes=2, max_parallel_responses=1, send_rate_limits=False
    )
    whole = msgspec.structs.replace(config(prompts={"p": "Be {{mood}}."}), server=server)
    offer = offer_of(
        whole,
        catalogue(),
        EngineInfo("stt", "ear", "", languages=("en-US", "de"), key_terms=True),
        EngineInfo("llm", "thinker", "", reasoning=True),
        noise_reduction=True,
    )
    assert offer.noise_reduction
    assert offer.transcription_languages == {"en", "de"}
    assert not offer.transcription_prompts
    assert offer.transcription_key_terms
    assert offer.reasoning
    assert offer.prompts == {"p": "Be {{mood}}."}
    assert (offer.limits.session_seconds, offer.limits.buffer_seconds) == (1800, 120)
    assert offer.limits.out_of_band_responses == 1
    assert offer.allowance.spend(1) == ()
    assert offer.voices is not None
    assert {"amy", "joe", "alloy"} <= offer.voices
    assert offer.transcription_models is not None
    assert {"sphinx", "whisper-1"} <= offer.transcription_models
    assert offer.transcription_model == "sphinx"


def test_a_realtime_session_starts_with_the_configured_settings() -> None:
    settings = settings_for(opening(), config(silence_duration_ms=700), catalogue())
    assert isinstance(settings, RealtimeSettings)
    assert (settings.model, settings.instructions) == ("gpt-realtime", SPOKEN)
    assert settings.audio.input.turn_detection == ServerVad(silence_duration_ms=700)
    assert settings.audio.output.voice == "amy"  # type: ignore[union-attr]
    assert settings.x_ovos is UNSET


def test_preview_sessions_start_with_defaults_of_their_own() -> None:
    settings = settings_for(opening(dialect="azure-preview"), config(), catalogue())
    assert isinstance(settings, RealtimeSettings)
    assert settings.temperature == 0.8
    assert settings.audio.input.turn_detection == ServerVad(silence_duration_ms=200)


def test_instructions_can_be_replaced_and_the_time_line_asked_for() -> None:
    settings = settings_for(opening(timeline=True), config(instructions="Be a pirate."), catalogue())
    assert isinstance(settings, RealtimeSettings)
    assert settings.instructions == "Be a pirate."
    assert settings.x_ovos.timeline is True  # type: ignore[union-attr]


def test_a_transcription_session_names_its_recogniser_and_has_no_voice() -> None:
    settings = settings_for(opening("transcription", "whisper-1"), config(), catalogue())
    assert isinstance(settings, TranscriptionSettings)
    assert settings.audio.input.transcription is not None
    assert settings.audio.input.transcription.model == "whisper-1"
    assert settings.audio.output is UNSET


def test_a_persona_is_a_model_with_instructions_and_a_voice() -> None:
    names = catalogue(personas={"pirate": Persona("pirate", "Arr.", "joe", "big")})
    assert names.models.own_name("pirate") == "big"
    assert names.chat_models.own_name("pirate") == "big"
    settings = settings_for(opening(model="pirate"), config(instructions="Be kind."), names)
    assert isinstance(settings, RealtimeSettings)
    assert (settings.model, settings.instructions) == ("pirate", "Arr.")
    assert isinstance(settings.audio.output, OutputAudioSettings)
    assert settings.audio.output.voice == "joe"
