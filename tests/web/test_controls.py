"""Each control of the page does what it says; those that are settings of the session are in test_steering.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from ovos_voice_agent.config import ApiKey
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import browsing, serving, visiting

pytestmark = pytest.mark.real


def test_personas_are_offered_and_chosen(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "Ada.toml").write_text('instructions = "You are Ada."\n')
    (tmp_path / "Bob.toml").write_text('instructions = "You are Bob."\n')
    fakes = Fakes(llm=ScriptedLlm([said_slowly("I am nobody."), said_slowly("I am Ada.")]))
    with serving(fakes.by_stage, session={"personas": str(tmp_path)}) as url, visiting(browser, url) as visit:
        options = visit.page.locator("#persona option")
        visit.until(lambda: options.all_inner_texts() == ["None", "Ada", "Bob"], "the personas, before it is connected")
        visit.type("Who are you?")
        visit.until(lambda: visit.page.inner_text("#mood") == "Ready", "the end of the answer")
        visit.page.select_option("#persona", "Ada")
        session = visit.until_event("session.created", 2)["session"]
        assert (session["model"], session["instructions"]) == ("Ada", "You are Ada.")
        visit.until(lambda: len(visit.of("conversation.item.added")) >= 4, "the replayed conversation")
        visit.type("And now?")
        messages = fakes.llm.prompts[1].messages
        assert "You are Ada." in messages[0].text
        assert [said.text for said in messages if said.role in ("user", "assistant")] == [
            *("Who are you?", "I am nobody.", "And now?"),
        ]
        assert visit.of("error") == []


def test_without_personas_there_is_nothing_to_choose(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.until(lambda: visit.page.locator("#model option").count() > 1, "what the server offers")
        assert not visit.page.is_visible("#persona")


def test_the_engines_in_force_are_shown_before_it_is_connected(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.until(lambda: visit.page.inner_text("#engine") == "ScriptedStt · ScriptedLlm · ToneTts", "their names")
        visit.page.click("#engines summary:has-text('ScriptedStt')")
        assert "It works on this server." in visit.page.inner_text("#engines [open]")


def test_only_languages_that_are_understood_can_be_chosen(browser: Browser) -> None:
    def with_languages(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "languages": ["de", "en"]})

    with serving(Fakes().by_stage) as url, visiting(browser, url, listen=False) as visit:
        visit.page.route("**/web/config.json", with_languages)
        visit.page.reload()
        options = visit.page.locator("#language option")
        wanted = ["Let the server find out", "Deutsch", "English"]
        visit.until(lambda: options.all_inner_texts() == wanted, "what the recogniser understands")


def test_muted_nothing_is_heard(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.until_event("input_audio_buffer.append")
        visit.page.click("#mute")
        assert visit.page.get_attribute("#mute", "aria-pressed") == "true"
        assert visit.page.inner_text("#mood") == "Ready"
        visit.page.wait_for_timeout(100)
        sent = len(visit.of("input_audio_buffer.append"))
        visit.page.wait_for_timeout(300)
        assert len(visit.of("input_audio_buffer.append")) == sent
        visit.page.click("#mute")
        visit.until(lambda: len(visit.of("input_audio_buffer.append")) > sent, "heard again")


def test_end_closes_the_microphone_and_the_connection(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.until_event("input_audio_buffer.append")
        visit.page.click("#start")
        visit.until(lambda: visit.page.inner_text("#connection") == "Not connected", "the end of the connection")
        assert visit.page.is_disabled("#mute")
        sent = len(visit.of("input_audio_buffer.append"))
        visit.page.wait_for_timeout(300)
        assert len(visit.of("input_audio_buffer.append")) == sent


def test_the_button_is_held_to_talk(tmp_path: Path) -> None:
    fakes = Fakes(stt=ScriptedStt(["hold me"]), llm=ScriptedLlm([said_slowly("You let go.")]))
    with (
        serving(fakes.by_stage) as url,
        browsing(tmp_path, (0.5, "librivox_0890", 20.0)) as own,
        visiting(own, url, "#turns=push") as visit,
    ):
        visit.start()
        visit.page.hover("#hold")
        visit.page.mouse.down()
        visit.until(lambda: len(visit.of("input_audio_buffer.append")) > 20, "what the microphone hears")
        visit.page.mouse.up()
        visit.until_event("response.done")
        assert len(visit.of("input_audio_buffer.commit")) == 1


def test_an_example_is_asked_and_escape_ends_the_answer(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("I can do a great many things, " * 5)]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.page.click("#welcome button:has-text('What can you do?')")
        visit.until(lambda: visit.page.inner_text("#mood") == "Speaking", "the answer")
        visit.page.keyboard.press("Escape")
        visit.until_event("conversation.item.truncated")
        assert "What can you do?" in visit.page.inner_text(".said.user")


def test_a_key_is_entered_before_anybody_asks(browser: Browser) -> None:
    keys = (ApiKey("page", "sk-right"),)
    with serving(Fakes().by_stage, api_keys=keys) as url, visiting(browser, url) as visit:
        visit.page.click("#key-change")
        visit.page.fill("#key", "sk-right")
        visit.page.click("#key-dialog button[value=save]")
        visit.until_event("session.updated")
        visit.until(lambda: visit.page.locator("#model option").count() > 1, "what the server offers to this key")
        assert visit.complaints == []
