"""The settings: applied at once, shown as the server confirmed them, kept over a reload, carried by a link."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from ovos_voice_agent.testing.fakes import ScriptedLlm, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import Visit, browsing, serving, visiting

pytestmark = pytest.mark.real

Session = dict[str, Any]


def slide(name: str, value: float) -> Callable[[Page], None]:
    change = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    return lambda page: page.locator(f"[name={name}]").evaluate(change, value)


def detection(session: Session) -> Any:
    return session["audio"]["input"]["turn_detection"]


def uncheck(name: str) -> Callable[[Page], None]:
    return lambda page: page.uncheck(f"[name={name}]")


def check(value: str) -> Callable[[Page], None]:
    return lambda page: page.check(f"[value={value}]")


def choose(name: str, value: str) -> Callable[[Page], object]:
    return lambda page: page.select_option(f"#{name}", value)


def write(name: str, text: str) -> Callable[[Page], None]:
    return lambda page: page.fill(f"#{name}", text)


def output(session: Session) -> Any:
    return session["audio"]["output"]


STEPS: list[tuple[str, Callable[[Page], object], Callable[[Session], Any], Any]] = [
    ("instructions", write("instructions", "Be a pirate."), lambda s: s["instructions"], "Be a pirate."),
    ("speed", slide("speed", 1.25), lambda s: output(s)["speed"], 1.25),
    ("voice", write("voice", "other"), lambda s: output(s)["voice"], "other"),
    ("threshold", slide("threshold", 0.8), lambda s: detection(s)["threshold"], 0.8),
    ("silence_ms", slide("silence_ms", 900), lambda s: detection(s)["silence_duration_ms"], 900),
    ("interruptions", uncheck("interruptions"), lambda s: detection(s)["interrupt_response"], False),
    ("turns", choose("turns", "semantic_vad"), lambda s: detection(s)["type"], "semantic_vad"),
    ("eagerness", choose("eagerness", "high"), lambda s: detection(s)["eagerness"], "high"),
    ("language", choose("language", "pt"), lambda s: s["audio"]["input"]["transcription"]["language"], "pt"),
    ("tools", check("get_screen_size"), lambda s: s["tools"][-1]["name"], "get_screen_size"),
    ("turns", choose("turns", "push"), detection, None),
]


def field(visit: Visit, name: str) -> Any:
    return visit.page.locator(f".field:has([name={name}])").first


def test_every_control_does_what_it_says(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        for count, (name, change, read, wanted) in enumerate(STEPS, start=2):
            change(visit.page)
            session = visit.until_event("session.updated", count)["session"]
            assert read(session) == wanted, name
            assert field(visit, name).get_attribute("data-state") == "confirmed", name
        assert len(visit.of("session.created")) == 1
        assert visit.of("error") == []
        assert visit.complaints == []


def test_a_refusal_is_shown_where_it_was_asked(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.page.fill("#voice", "nobody")
        message = visit.until_event("error")["error"]["message"]
        assert field(visit, "voice").get_attribute("data-state") == "refused"
        assert message in field(visit, "voice").inner_text()


def test_what_is_being_typed_when_the_offers_come_stays(browser: Browser) -> None:
    held: list[Route] = []
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.route("**/web/config.json", lambda route: held.append(route))
        visit.page.reload()
        visit.start()
        visit.until(lambda: held, "what the page asks when it begins")
        visit.page.fill("#voice", "other")
        for route in held:
            route.continue_()
        assert output(visit.until_event("session.updated", 2)["session"])["voice"] == "other"
        assert visit.page.input_value("#voice") == "other"


def test_a_link_with_a_setting_that_is_refused_still_connects(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, "#voice=nobody&silence_ms=700") as visit:
        visit.start()
        assert detection(visit.until_event("session.updated")["session"])["silence_duration_ms"] == 700
        assert field(visit, "voice").get_attribute("data-state") != "pending"


def test_another_voice_after_an_answer_takes_the_conversation_along(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello Ana."), said_slowly("You are Ana.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.type("I am Ana.")
        visit.until(lambda: visit.page.inner_text("#mood") == "Ready", "the end of the answer")
        visit.page.fill("#voice", "other")
        visit.until_event("session.created", 2)
        visit.until(lambda: len(visit.of("conversation.item.added")) >= 4, "the replayed conversation")
        visit.type("Who am I?")
        assert [message.text for message in fakes.llm.prompts[1].messages if message.role in ("user", "assistant")] == [
            "I am Ana.",
            "Hello Ana.",
            "Who am I?",
        ]
        assert fakes.tts.spoken[-1].options.voice == "other"
        assert visit.page.locator(".said:not([hidden])").count() == 4
        assert visit.of("error") == []


def test_another_model_is_another_connection(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.until(lambda: visit.page.locator("#model option").count() > 1, "the server's models")
        visit.page.select_option("#model", "gpt-realtime")
        assert visit.until_event("session.created", 2)["session"]["model"] == "gpt-realtime"
        visit.until(lambda: visit.page.inner_text("#model-in-force") == "gpt-realtime", "its name in the status")


def test_settings_survive_a_reload_and_travel_by_link(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.fill("#instructions", "Be brief & kind.")
        visit.page.uncheck("[value=set_page_theme]")
        slide("silence_ms", 800)(visit.page)
        visit.until(
            lambda: "800" in str(visit.page.evaluate("localStorage['ovos-voice-agent.settings']")), "it is kept"
        )
        visit.page.evaluate("sessionStorage['ovos-voice-agent.key'] = 'secret'")
        visit.page.reload()
        assert visit.page.input_value("#instructions") == "Be brief & kind."
        visit.page.click("#link")
        visit.until(lambda: "#" in visit.page.url, "the settings in the address")
        address = visit.page.url
        assert "secret" not in address
        with visiting(browser, address) as other:
            assert other.page.input_value("#instructions") == "Be brief & kind."
            assert other.page.input_value("#silence_ms") == "800"
            assert not other.page.is_checked("[value=set_page_theme]")
            other.page.click("#defaults")
            assert other.page.input_value("#silence_ms") == "500"


def test_without_interruptions_the_answer_goes_on(tmp_path: Path) -> None:
    answer = "I go on and on until I have said all that there is to say."
    fakes = Fakes(llm=ScriptedLlm([said_slowly(answer)]))
    sounds = (1.0, "goforward", 1.5, "cards_001", 20.0)
    with (
        serving(fakes.by_stage) as url,
        browsing(tmp_path, sounds) as own,
        visiting(own, url, "#interruptions=false") as visit,
    ):
        visit.start()
        visit.until_event("input_audio_buffer.speech_stopped", 2)
        visit.until_event("response.done")
        visit.until(lambda: "ahead" not in visit.page.inner_html("#transcript"), "all was heard")
        visit.until_all_heard()
        assert visit.of("conversation.item.truncate") == []
        levels = visit.heard()[:, 2]
        assert (levels > 0.1).mean() > 0.9 * (levels > 0).mean() > 0, "it was never lowered"


def test_the_theme_is_remembered(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, color_scheme="light") as visit:
        background = "getComputedStyle(document.documentElement).backgroundColor"
        light = visit.page.evaluate(background)
        visit.page.click("#theme")
        assert visit.page.evaluate(background) == light
        visit.page.click("#theme")
        dark = visit.page.evaluate(background)
        assert dark != light
        visit.page.reload()
        assert visit.page.evaluate(background) == dark


def test_files_of_the_conversation(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello Ana.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        visit.type("I am Ana.")
        visit.until(lambda: visit.page.inner_text("#mood") == "Ready", "the end of the answer")
        with visit.page.expect_download() as text:
            visit.page.click("#save-text")
        assert text.value.path().read_text() == "You: I am Ana.\n\nAssistant: Hello Ana.\n"
        with visit.page.expect_download() as saved:
            visit.page.click("#save-json")
        kept = json.loads(saved.value.path().read_text())
        assert [(item["who"], item["heard"]) for item in kept["items"]] == [
            ("user", "I am Ana."),
            ("assistant", "Hello Ana."),
        ]
        assert kept["items"][1]["heard_ms"] == 60 * len("Hello Ana.")
        visit.page.click("#forget")
        visit.until_event("session.created", 2)
        assert visit.page.locator(".said").count() == 0


def test_recording_is_offered_where_the_server_records_and_shown_while_it_is_on(
    browser: Browser, tmp_path: Path
) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello Ana.")]))
    with serving(fakes.by_stage, recording=tmp_path) as url, visiting(browser, url) as visit:
        visit.start()
        assert not visit.page.is_visible("#recording-on")
        visit.page.check("[name=recording]")
        visit.page.locator("#recording-on").wait_for()
        assert field(visit, "recording").get_attribute("data-state") == "confirmed"
        visit.type("I am Ana.")
        visit.page.uncheck("[name=recording]")
        visit.page.locator("#recording-on").wait_for(state="hidden")
        files = {"user.wav", "assistant.wav", "turns", "events.jsonl"}
        visit.until(lambda: {path.name for path in tmp_path.glob("*/*")} == files, "what was recorded is written")
        assert len(list(tmp_path.iterdir())) == 1
        assert visit.of("error") == []


def test_recording_is_not_offered_where_the_server_does_not_record(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.start()
        visit.until(lambda: visit.page.locator("#model option").count() > 1, "what the server offers")
        assert not visit.page.is_visible("[name=recording]")
