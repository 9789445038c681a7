"""Which language a reply is in, and which voice speaks it."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.protocol.languages import AUTO
from ovos_voice_agent.protocol.objects import InputAudio, Item, ItemId, MessageItem
from ovos_voice_agent.runtime.languages import Conversing, Languages
from tests.runtime.scenes import said, start_reply

WORDS = {"guten": "de", "good": "en", "bon": "fr"}
VOICES = {"amy": "en-US", "otto": "de", "luc": "fr", "mute": None}


def detect(text: str) -> str | None:
    """By its first word."""
    return WORDS.get(text.lower().split(" ")[0])


def languages(**more: Any) -> Languages:
    return Languages(**{"choice": ("en", "de", "fr"), "detect": detect, "spoken": VOICES, **more})


def heard(transcript: str) -> Item:
    return MessageItem(ItemId("item"), "completed", "user", (InputAudio(transcript),))


def language(conversing: Conversing, item: Item, **changes: Any) -> str | None:
    return conversing.language_of(start_reply([item], **changes))


def spoken(languages: Languages, phrases: list[str], base: str | None = None, **changes: Any) -> list[tuple[Any, Any]]:
    options_for = Conversing(languages).options_for(start_reply(**changes), "amy", base)
    made = [options_for(phrase) for phrase in phrases]
    return [(options.voice, options.language) for options in made]


# -------------------------------------------------------------------------------------------------------------- replies


def test_each_turn_has_its_own_language_and_what_is_uncertain_that_of_before() -> None:
    conversing = Conversing(languages())
    turns = ["hm", "guten Tag", "hm", "bon jour", "good day", "hm"]
    assert [language(conversing, said(turn)) for turn in turns] == ["en", "de", "de", "fr", "en", "en"]


def test_what_the_recogniser_reports_counts_before_the_text() -> None:
    conversing = Conversing(languages())
    assert language(conversing, heard("good"), language="de-DE") == "de"
    assert language(conversing, heard("good"), language="german") == "de"


def test_a_report_from_outside_of_the_set_does_not_count() -> None:
    assert language(Conversing(languages()), heard("bon"), language="cy") == "fr"


def test_a_recogniser_of_one_language_hears_that_language() -> None:
    conversing = Conversing(languages(heard=("en",)))
    assert language(conversing, said("guten Tag")) == "de"
    assert language(conversing, heard("go forward")) == "en"


def test_only_what_the_person_says_counts() -> None:
    answer = MessageItem(ItemId("item"), "completed", "assistant", ())
    conversing = Conversing(languages())
    assert conversing.language_of(start_reply([said("guten Tag"), answer])) == "de"
    assert Conversing(languages()).language_of(start_reply([answer])) == "en"


def test_without_a_set_the_recogniser_alone_is_asked() -> None:
    conversing = Conversing(Languages(detect=detect))
    assert language(conversing, heard("guten Tag"), language="cy") == "cy"
    assert language(conversing, said("guten Tag")) is None


def test_a_fixed_language_is_the_language() -> None:
    assert language(Conversing(languages(wanted="fr")), said("guten Tag"), language="de") == "fr"
    assert (languages(wanted="fr").fixed, languages().fixed) == ("fr", None)


def test_the_client_has_the_last_word() -> None:
    conversing = Conversing(languages(wanted="fr"))
    assert language(conversing, said("guten Tag"), wanted_language="en") == "en"
    assert language(conversing, said("guten Tag"), wanted_language=AUTO) == "de"


def test_the_recogniser_is_told_a_fixed_language_that_it_understands() -> None:
    assert languages(wanted="de").to_hear == "de"
    assert languages(wanted="de-AT", heard=("en", "de")).to_hear == "de-AT"
    assert languages(wanted="de", heard=("en",)).to_hear is None
    assert languages(heard=("en",)).to_hear is None
    assert (languages().to_choose, languages(wanted="de").to_choose) == (("en", "de", "fr"), ())


# -------------------------------------------------------------------------------------------------------------- phrases


def test_a_voice_of_the_language_speaks() -> None:
    both = languages(voices={"de": "otto", "en": "amy"})
    assert spoken(both, ["hm"], "de") == [("otto", "de")]
    assert spoken(both, ["hm"], "fr") == [("amy", "fr")], "the engine may know a voice of its own"
    assert spoken(both, ["hm"], None) == [("amy", None)]


def test_a_session_keeps_its_voice_where_that_speaks_the_language() -> None:
    both = languages(voices={"en": "mute"})
    assert both.voice_for("amy", "en") == "amy"
    assert both.voice_for("otto", "en") == "mute"


def test_a_phrase_in_another_language_is_spoken_in_that() -> None:
    both = languages(voices={"de": "otto"})
    phrases = ["good morning is", "guten Morgen", "hm"]
    assert spoken(both, phrases, "en") == [("amy", "en"), ("otto", "de"), ("amy", "en")]


def test_a_model_that_answers_in_its_own_language_gets_a_voice_of_that() -> None:
    assert spoken(languages(), ["good day", "hm"], "de") == [("amy", "en"), ("amy", "en")]
    assert spoken(languages(written=("en",)), ["hm"], "de") == [("amy", "en")]


@pytest.mark.parametrize("fixed", [{"wanted": "de"}, {"choice": ()}])
def test_where_nothing_is_to_be_found_out_phrases_are_not_looked_at(fixed: dict[str, Any]) -> None:
    assert spoken(languages(**fixed), ["good day"], "de") == [("amy", "de")]


def test_what_else_is_asked_of_the_voice_stays() -> None:
    options_for = languages().options_for(TtsOptions("amy", 1.5, instructions="warm"), None, look=True)
    assert options_for("guten Tag") == TtsOptions("amy", 1.5, "de", "warm")
