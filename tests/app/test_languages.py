"""The languages of all sessions."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.app.languages import detector_of, languages_of
from ovos_voice_agent.config import SessionConfig
from ovos_voice_agent.engines.interface import EngineInfo, Voice
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.personas.catalogue import Names
from ovos_voice_agent.runtime.languages import Languages


class Speaker:
    """Of a voice engine, what it says of itself."""

    def __init__(self, *languages: str) -> None:
        self.info = EngineInfo("tts", "speaker", "fine", languages=languages)
        self.voices = [Voice("amy", "en-US"), Voice("otto", "de"), Voice("nobody")]


NAMES = Names({"amy": "amy", "otto": "otto", "nobody": "nobody", "boss": "otto"})


def languages(speaks: tuple[str, ...] = ("en-US", "de"), hears: tuple[str, ...] = (), **session: Any) -> Languages:
    config = SessionConfig(**session)
    stt, llm = EngineInfo("stt", "ear", "", languages=hears), EngineInfo("llm", "mind", "", languages=("en",))
    speaker: Any = Speaker(*speaks)
    return languages_of(config, detector_of(config), NAMES, stt, llm, speaker)


def test_by_default_what_the_recogniser_reports_counts() -> None:
    found = languages()
    assert (found.wanted, found.choice, found.fixed, found.only_heard) == ("auto", (), None, None)
    assert found.detect("Guten Morgen, wie geht es dir?") is None


def test_a_set_to_choose_from() -> None:
    found = languages(languages=("en-US", "de", "en"), hears=("en-US",), language_voices={"de": "boss"})
    assert (found.choice, found.only_heard, found.written) == (("en", "de"), "en", ("en",))
    assert found.detect("Guten Morgen, wie geht es dir?") == "de"
    assert found.voices == {"de": "otto"}
    assert found.spoken == {"amy": "en-US", "otto": "de", "nobody": None}


def test_one_language_for_all() -> None:
    assert languages(language="de-AT").fixed == "de-AT"
    assert languages((), language="is").fixed == "is", "an engine that names no languages may speak any"


@pytest.mark.parametrize(
    ("session", "problem"),
    [
        ({"language": "fr"}, "session.language: no voice of the engine 'speaker' speaks 'fr'"),
        ({"languages": ("en", "fr")}, "session.languages: no voice of the engine 'speaker' speaks 'fr'"),
        ({"languages": ("auto",)}, 'session.languages: "auto" belongs to session.language'),
        ({"language_voices": {"german!": "otto"}}, "session.language_voices: 'german!' is no language"),
        ({"language_voices": {"de": "zoe"}}, "session.language_voices: there is no voice 'zoe'"),
        ({"language_voices": {"de": "amy"}}, "session.language_voices: the voice 'amy' speaks 'en-US', not 'de'"),
    ],
)
def test_mistakes_are_named(session: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        languages(**session)
    assert error.value.problems == (problem,) or list(error.value.problems) == [problem]


def test_a_voice_of_unknown_language_may_be_named() -> None:
    assert languages(language_voices={"de": "nobody"}).voices == {"de": "nobody"}
