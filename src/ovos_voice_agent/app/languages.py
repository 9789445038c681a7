"""From the configuration, and from what the engines say of themselves, to the languages of all sessions."""

from __future__ import annotations

from collections.abc import Iterator

from ovos_voice_agent.config import SessionConfig
from ovos_voice_agent.engines.interface import EngineInfo, Tts
from ovos_voice_agent.engines.text_language import TextLanguage
from ovos_voice_agent.engines.voices import same_family
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.catalogue import Names
from ovos_voice_agent.protocol.languages import AUTO, language_code
from ovos_voice_agent.runtime.languages import Languages


def detector_of(session: SessionConfig) -> TextLanguage:
    """Tells the languages of texts apart; not loaded."""
    return TextLanguage(_choice(session))


def languages_of(
    session: SessionConfig, detector: TextLanguage, voices: Names, stt: EngineInfo, llm: EngineInfo, tts: Tts
) -> Languages:
    """What counts, once the engines are started. `voices` are the names that clients may ask for. Raises ConfigError
    with every mistake."""
    spoken = {voice.id: voice.language for voice in tts.voices}
    problems = [*_unspoken(session, tts), *_wrong_voices(session, voices, spoken)]
    if problems:
        raise ConfigError(problems)
    return Languages(
        wanted=session.language,
        choice=_choice(session),
        detect=detector,
        voices={
            _code(language): voices.own_name(voice) or voice for language, voice in session.language_voices.items()
        },
        spoken=spoken,
        heard=stt.languages,
        written=llm.languages,
    )


def _choice(session: SessionConfig) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_code(language) for language in session.languages))


def _code(language: str) -> str:
    return language_code(language) or language


def _unspoken(session: SessionConfig, tts: Tts) -> Iterator[str]:
    """Languages that no voice speaks, where the engine knows which it speaks."""
    wanted = {"session.languages": session.languages, "session.language": (session.language,)}
    for key, languages in wanted.items():
        for language in languages:
            speaks = any(same_family(language, one) for one in tts.info.languages)
            if language == AUTO and key == "session.languages":
                yield f'{key}: "{AUTO}" belongs to session.language'
            elif language != AUTO and tts.info.languages and not speaks:
                yield f"{key}: no voice of the engine '{tts.info.name}' speaks '{language}'"


def _wrong_voices(session: SessionConfig, voices: Names, spoken: dict[str, str | None]) -> Iterator[str]:
    for language, voice in session.language_voices.items():
        own = spoken.get(voices.own_name(voice) or voice)
        if language_code(language) is None:
            yield f"session.language_voices: '{language}' is no language"
        elif voice not in voices:
            yield f"session.language_voices: there is no voice '{voice}'"
        elif own is not None and not same_family(own, language):
            yield f"session.language_voices: the voice '{voice}' speaks '{own}', not '{language}'"
