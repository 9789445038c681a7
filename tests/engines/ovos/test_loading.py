from __future__ import annotations

import pytest

from ovos_voice_agent.engines.ovos.loading import languages

pytestmark = pytest.mark.extra


class Fluent:
    available_languages = frozenset({"en", "de"})


class Mute:
    @property
    def available_languages(self) -> set[str]:
        raise AttributeError("never thought of it")


class Careless:
    available_languages = None


def test_plugins_may_say_what_they_speak() -> None:
    assert languages(Fluent()) == ["de", "en"]
    assert languages(Mute()) == []
    assert languages(Careless()) == []
