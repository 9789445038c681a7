"""The names clients may ask for, and what the engines call the same thing (protocol.md 11, "Models").

Rules:

- The name that a client sends is the name it is shown; engines get their own.
- What the configuration says wins over OpenAI's names, which are in force by default.
- A name that is neither configured, nor an engine's own, nor an alias does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.persona import Persona

OPENAI_MODELS = (
    "gpt-realtime",
    "gpt-realtime-mini",
    "gpt-realtime-1.5",
    "gpt-realtime-2",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-4o-realtime-preview",
    "gpt-4o-mini-realtime-preview",
    "gpt-audio",
    "gpt-audio-mini",
    "gpt-audio-1.5",
)
OPENAI_TRANSCRIPTION_MODELS = (
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-03-20",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-diarize",
    "gpt-realtime-whisper",
    "gpt-transcribe",
    "gpt-live-transcribe",
)
OPENAI_SPEECH_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
OPENAI_CHAT_MODELS = (
    "gpt-3.5-turbo",
    "gpt-4",
    "gpt-4-turbo",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-4o",
    "gpt-4o-audio-preview",
    "gpt-4o-mini",
    "gpt-4o-mini-audio-preview",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5.1",
    "gpt-5.2",
)
OPENAI_VOICES: Mapping[str, Literal["female", "male"]] = {
    "alloy": "female",
    "ash": "male",
    "ballad": "male",
    "cedar": "male",
    "coral": "female",
    "echo": "male",
    "fable": "male",
    "marin": "female",
    "nova": "female",
    "onyx": "male",
    "sage": "female",
    "shimmer": "female",
    "verse": "male",
}
"""OpenAI's voices and the voice that listeners take them for."""

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Names:
    """Client's name -> engine's own name; empty where the engine is to take its own choice."""

    def __init__(self, table: Mapping[str, str], *, dated: Iterable[str] = ()) -> None:
        """`dated` are those names that are also known with a date behind (`gpt-realtime-2025-08-28`)."""
        self._table = dict(table)
        self._dated = frozenset(dated)

    def __contains__(self, name: str) -> bool:
        return name in self._table or self._undated(name) in self._dated

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def own_name(self, name: str) -> str | None:
        """What the engine calls it; None for its own choice, and for a name that does not exist."""
        own = self._table.get(name)
        return (self._table.get(self._undated(name)) if own is None else own) or None

    @staticmethod
    def _undated(name: str) -> str:
        return _SNAPSHOT.sub("", name)


_NO_NAMES = Names({})


@dataclass(frozen=True, slots=True)
class VoiceOfEngine:
    """A voice as its engine describes it; of the engine's words only what is needed to choose one."""

    id: str
    language: str | None = None
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All names in force. The `default_` names are what a session has whose client asks for none."""

    models: Names
    transcription_models: Names
    voices: Names
    default_model: str
    default_transcription_model: str
    default_voice: str
    chat_models: Names = _NO_NAMES
    speech_models: Names = _NO_NAMES
    personas: Mapping[str, Persona] = field(default_factory=dict)
    """By the model's name."""

    @property
    def model_names(self) -> frozenset[str]:
        """Of whatever kind."""
        kinds = (self.models, self.chat_models, self.transcription_models, self.speech_models)
        return frozenset(name for kind in kinds for name in kind)

    def has_model(self, name: str) -> bool:
        """Of whatever kind, with a date behind it or without."""
        kinds = (self.models, self.chat_models, self.transcription_models, self.speech_models)
        return any(name in kind for kind in kinds)

    def check_model(self, name: str) -> None:
        """Raises ClientError with status 404 for a name that does not exist."""
        if name not in self.models:
            raise unknown_model(name)


def unknown_model(name: str) -> ClientError:
    """No model of that name, for realtime connections."""
    message = f"The model '{name}' does not exist or you do not have access to it."
    return ClientError(message, code="model_not_found", param="model", status=404)


def model_names(default: str, configured: Mapping[str, str], own: Sequence[str], *, openai: bool) -> Names:
    """Names of whole realtime models. `own` are those that the language model's engine says it has."""
    table = dict.fromkeys(OPENAI_MODELS, "") if openai else {}
    return Names({**table, **{name: name for name in own}, default: "", **configured}, dated=table)


def chat_names(realtime: Names, *, openai: bool) -> Names:
    """Names of language models without a voice: those of realtime models, and OpenAI's."""
    table = {name: realtime.own_name(name) or "" for name in realtime}
    aliases = dict.fromkeys(OPENAI_CHAT_MODELS, "") if openai else {}
    return Names({**aliases, **table}, dated=(*aliases, *table))


def speech_names(engine: str, own: Sequence[str], *, openai: bool) -> Names:
    """Names of voice engines. `engine` is the engine's name, which stands for its own choice."""
    table = dict.fromkeys(OPENAI_SPEECH_MODELS, "") if openai else {}
    return Names({**table, engine: "", **{name: name for name in own}}, dated=table)


def transcription_names(engine: str, own: Sequence[str], *, openai: bool) -> Names:
    """Names of recognisers. `engine` is the engine's name, which stands for its own choice."""
    table = dict.fromkeys(OPENAI_TRANSCRIPTION_MODELS, "") if openai else {}
    return Names({**table, engine: "", **{name: name for name in own}})


def voice_names(voices: Sequence[VoiceOfEngine], configured: Mapping[str, str], default: str, *, openai: bool) -> Names:
    """Names of voices. OpenAI's ones are spread over the engine's voices that speak the default voice's language."""
    own = {voice.id: voice.id for voice in voices}
    aliases = _like_openai(voices, default) if openai else {}
    return Names({**aliases, **own, **configured})


def _like_openai(voices: Sequence[VoiceOfEngine], default: str) -> dict[str, str]:
    language = next((voice.language for voice in voices if voice.id == default), None)
    fitting = [voice for voice in voices if voice.language == language]
    found: dict[str, str] = {}
    for gender in ("female", "male"):
        own = [voice.id for voice in fitting if voice.gender == gender] or [default]
        names = [name for name, sounds in OPENAI_VOICES.items() if sounds == gender]
        found |= {name: own[place % len(own)] for place, name in enumerate(names)}
    return found
