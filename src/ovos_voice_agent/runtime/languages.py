"""Which language a reply is in, and which voice speaks each phrase of it.

Rules:

- A language that the client or the configuration fixes is the language. Else it is that of what the person said last:
  as the recogniser tells it, or as the text shows. What nobody can tell is in the language of before.
- With a set to choose from, nothing outside of it is found.
- The model is told the language, and answers as it likes. So each phrase is looked at again: one that is certainly in
  another language of the set is spoken in that, and the voice changes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.engines.voices import same_family
from ovos_voice_agent.protocol.languages import AUTO, language_code
from ovos_voice_agent.protocol.objects import InputAudio, InputText, MessageItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ovos_voice_agent.core.commands import StartReply
    from ovos_voice_agent.protocol.objects import Item

Detect: TypeAlias = Callable[[str], str | None]
"""A text -> its language, None when it is not certain."""

OptionsFor: TypeAlias = Callable[[str], TtsOptions]
"""The text of a phrase -> how it is spoken."""


def _unknown(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Languages:
    """What the configuration says of languages, and what the engines know of them: the same for all sessions.

    `wanted` is `AUTO` or a language. `choice` are those to choose from, the first is where a session begins; empty:
    whatever the recogniser reports, and no text is looked at. `voices` and `spoken` are by the engine's own names of
    voices: the one for each language, and the language of each. `heard` are those the
    recogniser understands, `written` those the model writes; empty: any.
    """

    wanted: str = AUTO
    choice: tuple[str, ...] = ()
    detect: Detect = _unknown
    voices: Mapping[str, str] = field(default_factory=dict)
    spoken: Mapping[str, str | None] = field(default_factory=dict)
    heard: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    @property
    def fixed(self) -> str | None:
        """The language of all sessions, when it is not to be found out."""
        return None if self.wanted == AUTO else self.wanted

    @property
    def to_hear(self) -> str | None:
        """What the recogniser is told where the client says nothing."""
        understood = not self.heard or any(self.fixed and same_family(self.fixed, one) for one in self.heard)
        return self.fixed if understood else None

    @property
    def to_choose(self) -> tuple[str, ...]:
        """Those that the recogniser is to choose from, for each utterance."""
        return () if self.fixed else self.choice

    @property
    def only_heard(self) -> str | None:
        """The language of a recogniser that knows no other."""
        return language_code(self.heard[0]) if len(self.heard) == 1 else None

    def voice_for(self, voice: str, language: str | None) -> str:
        """The engine's own name of the voice for a language, given that of the session."""
        named = self.voices.get(language_code(language) or "") if language else None
        own = self.spoken.get(voice)
        return voice if named is None or (own and language and same_family(own, language)) else named

    def options_for(self, options: TtsOptions, base: str | None, *, look: bool) -> OptionsFor:
        """How the phrases of a text are spoken that is in the language `base`. `look`: at each phrase, whether it is
        in another."""
        phrases = _Phrases(self, base)

        def options_of(text: str) -> TtsOptions:
            language = phrases.language_of(text) if look else base
            return replace(options, voice=self.voice_for(options.voice, language), language=language)

        return options_of


class _Phrases:
    """The languages of the phrases of one text. The first that is certain is that of the whole text, whatever was
    asked for; a phrase that is not certain is in it as well."""

    def __init__(self, languages: Languages, base: str | None) -> None:
        self._languages = languages
        self._base = base
        self._settled = False

    def language_of(self, text: str) -> str | None:
        found = self._languages.detect(text)
        if found is not None and not self._settled:
            self._base, self._settled = found, True
        return found or self._base


class Conversing:
    """The language of one conversation, from turn to turn."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages
        self._now = languages.choice[0] if languages.choice else None

    def language_of(self, command: StartReply) -> str | None:
        """The language that a reply is to be in; None where nothing is known."""
        wanted = command.wanted_language or self._languages.wanted
        if wanted != AUTO:
            self._now = wanted
        elif self._languages.choice:
            self._now = self._found(command) or self._now
        else:
            return command.language
        return self._now

    def options_for(self, command: StartReply, voice: str, language: str | None) -> OptionsFor:
        """How the phrases of a reply in that language are spoken, by default with this voice."""
        wanted = command.wanted_language or self._languages.wanted
        written = self._languages.written
        base = language
        if language and written and not any(same_family(language, one) for one in written):
            base = written[0]
        options = TtsOptions(voice, speed=command.speed)
        return self._languages.options_for(options, base, look=wanted == AUTO and bool(self._languages.choice))

    def _found(self, command: StartReply) -> str | None:
        asked = _last_of_user(command.items)
        if asked is None:
            return None
        told = command.language
        if any(isinstance(part, InputAudio) for part in asked.content):
            told = told or self._languages.only_heard
        code = language_code(told) if told else None
        return code if code in self._languages.choice else self._languages.detect(_text(asked))


def _last_of_user(items: Iterable[Item]) -> MessageItem | None:
    said = [item for item in items if isinstance(item, MessageItem) and item.role == "user"]
    return said[-1] if said else None


def _text(item: MessageItem) -> str:
    texts = (
        part.transcript if isinstance(part, InputAudio) else part.text
        for part in item.content
        if isinstance(part, InputAudio | InputText)
    )
    return " ".join(text for text in texts if text)
