"""For everybody: judged by axe, used by keyboard alone, at the width of a phone, under a policy that lets nobody in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from ovos_voice_agent.testing.fakes import ScriptedLlm, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import Visit, serving, visiting

pytestmark = pytest.mark.real

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def findings(visit: Visit) -> list[str]:
    """All that axe finds, whatever its weight."""
    result: dict[str, Any] = Axe().run(visit.page).response
    assert len(result["passes"]) > 10, "axe looked at the page"
    return [f"{found['id']}: {[node['target'] for node in found['nodes']]}" for found in result["violations"]]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, size: dict[str, int], scheme: str) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("This is a long answer, so that some of it is not heard at once.")]))
    with serving(fakes.by_stage) as url, visiting(
        browser, url, viewport=size, color_scheme=scheme, reduced_motion="reduce"
    ) as visit:  # fmt: skip
        assert findings(visit) == []
        visit.type("Tell me.")
        visit.page.click("#hush")
        visit.page.locator(".said .cut").wait_for()
        assert findings(visit) == []
        if size is PHONE:
            visit.page.click("#panel-open")
        for view in ("settings", "timeline", "inspector"):
            visit.page.click(f"#tab-{view}")
            assert findings(visit) == [], view
        visit.page.click("#tab-settings")
        visit.page.click("#key-change")
        assert findings(visit) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_while_they_talk(browser: Browser, tmp_path: Path, size: dict[str, int]) -> None:
    """With everything shown that comes and goes: a voice, words to come, notices, the record light, push to talk."""
    fakes = Fakes(llm=ScriptedLlm([said_slowly("This is a long answer, so that some of it is still to come. " * 3)]))
    with serving(fakes.by_stage, recording=tmp_path) as url, visiting(
        browser, url, "#turns=push", viewport=size, reduced_motion="reduce"
    ) as visit:  # fmt: skip
        refused = "() => Promise.reject(new DOMException('in use', 'NotReadableError'))"
        visit.page.evaluate(f"navigator.mediaDevices.getUserMedia = {refused}; 0")
        visit.start()
        visit.page.locator("[name=recording]").evaluate("box => box.click()")
        visit.page.locator("#recording-on").wait_for()
        visit.page.locator(".notice").wait_for()
        visit.page.fill("#text", "Tell me.")
        visit.page.press("#text", "Enter")
        visit.until(lambda: visit.page.inner_text("#mood") == "Speaking", "the answer")
        assert visit.page.is_visible("#hold")
        assert findings(visit) == []
        if size is PHONE:
            visit.page.click("#panel-open")
        visit.page.click("#engines summary >> nth=0")
        assert findings(visit) == []


def test_axe_would_have_found_something(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.evaluate("document.querySelector('#typing label').remove()")
        visit.page.evaluate("document.querySelector('#text').removeAttribute('placeholder')")
        assert any(found.startswith("label") for found in findings(visit))


def test_a_conversation_by_keyboard_alone(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url) as visit:
        seen: list[str] = []
        while visit.page.evaluate("document.activeElement.id") != "start":
            visit.page.keyboard.press("Tab")
            seen.append(visit.page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
            assert len(seen) < 12, seen
        outline = visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", "the focus is seen"
        visit.page.keyboard.press("Enter")
        visit.until_event("session.updated")
        for _ in range(40):
            if visit.page.evaluate("document.activeElement.id") == "text":
                break
            visit.page.keyboard.press("Tab")
        visit.page.keyboard.type("Hello")
        visit.page.keyboard.press("Enter")
        visit.until_event("response.done")
        visit.page.locator("#tab-settings").focus()
        visit.page.keyboard.press("ArrowRight")
        assert visit.page.evaluate("document.activeElement.id") == "tab-timeline"
        assert visit.page.is_visible("#view-timeline")


def test_on_a_phone_the_panel_takes_and_gives_back_the_focus(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, viewport=PHONE) as visit:
        assert not visit.page.is_visible("#view-settings")
        visit.page.click("#panel-open")
        assert visit.page.is_visible("#view-settings")
        assert visit.page.evaluate("document.activeElement.id") == "panel-close"
        visit.page.keyboard.press("Escape")
        assert visit.page.evaluate("document.activeElement.id") == "panel-open"


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1440])
def test_nothing_sticks_out(browser: Browser, width: int) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("An answer with averyveryverylongwordthatdoesnotfitanywhere" * 2)]))
    with serving(fakes.by_stage) as url, visiting(browser, url, viewport={"width": width, "height": 700}) as visit:
        visit.type("Go.")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        outside = """[...document.querySelectorAll('main button, main input, header button')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth).map((e) => e.id)"""
        assert visit.page.evaluate(outside) == []


def test_on_a_phone_the_record_light_covers_nothing(browser: Browser, tmp_path: Path) -> None:
    with serving(Fakes().by_stage, recording=tmp_path) as url, visiting(browser, url, viewport=PHONE) as visit:
        visit.start()
        visit.page.locator("[name=recording]").evaluate("box => box.click()")
        light = visit.page.locator("#recording-on")
        light.wait_for()
        assert light.text_content() == "Recording on the server"
        right = "e => e.getBoundingClientRect().right"
        left = light.evaluate("e => e.getBoundingClientRect().left")
        assert visit.page.locator(".brand").evaluate(right) <= left


def test_under_its_own_policy_everything_works(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello.")]))
    with serving(fakes.by_stage) as url, visiting(browser, url, listen=False) as visit:
        visit.start()
        visit.type("Hello")
        visit.until(lambda: visit.page.inner_text("#mood") == "Listening", "the answer was played to its end")
        refused = visit.page.evaluate("fetch('http://127.0.0.2:9/').then(() => 'let through', (e) => String(e))")
        assert "Failed to fetch" in refused
        visit.until(lambda: visit.complaints, "the browser's complaint about the stranger")
        assert all("Content Security Policy" in text for text in visit.complaints), "it was refused by the policy alone"
        visit.strangers.clear()
