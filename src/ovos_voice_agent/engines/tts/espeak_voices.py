"""The voices of espeak-ng: OpenAI's names as distinct settings, and every voice under its own id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ovos_voice_agent.engines.interface import Voice
from ovos_voice_agent.errors import ClientError

GENDERS = {"female": "female", "male": "male"}
NATURAL_WORDS_PER_MIN = 175
SLOWEST_WORDS_PER_MIN, FASTEST_WORDS_PER_MIN = 80, 450


@dataclass(frozen=True, slots=True)
class Setting:
    """How a voice is made.

    `base` is the language code of an espeak voice, `variant` one of its timbres or empty; `pitch` and `range` are 0 to
    100, 50 is the voice's own; `pace` multiplies the speed.
    """

    base: str
    variant: str = ""
    pitch: int = 50
    range: int = 50
    pace: float = 1.0

    def words_per_min(self, speed: float) -> int:
        """espeak's own limits are kept."""
        wanted = round(NATURAL_WORDS_PER_MIN * self.pace * speed)
        return min(max(wanted, SLOWEST_WORDS_PER_MIN), FASTEST_WORDS_PER_MIN)


NAMED: Mapping[str, Setting] = {
    "alloy": Setting("en-us"),
    "ash": Setting("en-us", "m3", pitch=40),
    "ballad": Setting("en-gb", "m7", pitch=45, range=65, pace=0.92),
    "coral": Setting("en-us", "f2", pitch=58, range=60),
    "echo": Setting("en-us", "m2", pitch=35, range=40),
    "fable": Setting("en-gb", "f4", pitch=52, range=70, pace=0.95),
    "nova": Setting("en-us", "f3", pitch=62, pace=1.05),
    "onyx": Setting("en-us", "m1", pitch=18, range=40, pace=0.95),
    "sage": Setting("en-us", "f1", pitch=45, range=45, pace=0.95),
    "shimmer": Setting("en-us", "f5", pitch=68, range=60),
    "verse": Setting("en-us", "m5", pitch=52, range=70, pace=1.03),
    "marin": Setting("en-us", "linda", pitch=50, range=55),
    "cedar": Setting("en-us", "paul", pitch=38, range=50),
}
"""OpenAI's names. They differ from one another, and that is all: they do not imitate OpenAI's voices."""


class VoiceBook:
    """What the library told of its voices, and how a session's wish becomes a `Setting`."""

    def __init__(
        self, listed: Sequence[Mapping[str, Any]] = (), variants: Mapping[str, str | None] | None = None
    ) -> None:
        self._variants = dict(variants or {})
        self._own = {entry["languages"][0][1]: entry for entry in listed}
        spoken = [(code, priority, own) for own, entry in self._own.items() for priority, code in entry["languages"]]
        self._speakers: dict[str, str] = {}
        for code, _priority, own in sorted(spoken, key=lambda row: row[1]):
            self._speakers.setdefault(code, own)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._own))

    @property
    def voices(self) -> list[Voice]:
        """OpenAI's names first, then espeak's own; a variant may follow these as `+NAME` and is not listed."""
        return [
            *(self._named(name, setting) for name, setting in NAMED.items()),
            *(self._listed(own, entry) for own, entry in sorted(self._own.items())),
        ]

    def setting(self, voice: str, language: str | None) -> Setting:
        """Raises ClientError for a voice that does not exist. A language that no voice speaks changes nothing."""
        setting = NAMED.get(voice) or self._parse(voice)
        spoken = self._speaker(language, setting.base) if language else None
        return replace(setting, base=spoken) if spoken else setting

    def library_name(self, setting: Setting) -> str:
        """What espeak is told. Not the language code: three of them (`en-gb`, `fr-fr`) do not find their own voice."""
        identifier = str(self._own[setting.base]["identifier"])
        return f"{identifier}+{setting.variant}" if setting.variant else identifier

    def _parse(self, voice: str) -> Setting:
        base, plus, variant = voice.partition("+")
        if base not in self._own or (plus and variant not in self._variants):
            raise ClientError(f"there is no voice '{voice[:40]}'", code="invalid_value", param="voice")
        return Setting(base, variant)

    def _speaker(self, language: str, base: str) -> str | None:
        """The voice for a language: the one we have if it fits, else the best for `de-AT`, else for `de`."""
        wanted = language.lower().replace("_", "-")
        primary = wanted.partition("-")[0]
        if base == wanted or (wanted == primary and base.partition("-")[0] == primary):
            return base
        return self._speakers.get(wanted) or self._speakers.get(primary)

    def _named(self, name: str, setting: Setting) -> Voice:
        gender = _gender(self._variants.get(setting.variant) or ("male" if setting.variant == "" else None))
        return Voice(name, setting.base, gender, f"espeak-ng {setting.base} {setting.variant}".strip())

    def _listed(self, own: str, entry: Mapping[str, Any]) -> Voice:
        return Voice(own, own, _gender(entry["gender"]), f"espeak-ng {entry['name']}")


def _gender(gender: str | None) -> Any:
    """The two that `Voice` knows, or None."""
    return GENDERS.get(gender or "")
