"""The operator's view, with and without a server that lists its sessions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page

from ovos_voice_agent.config import ApiKey
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedLlm, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import serving, visiting
from tests.web.test_access import findings

pytestmark = pytest.mark.real


def enter_key(page: Page, key: str) -> None:
    page.click("#key-change")
    page.fill("#key", key)
    page.click("#key-dialog button[value=save]")


def cells(row: Locator) -> list[str]:
    return row.locator("th, td").all_inner_texts()


def totals_of(page: Page) -> dict[str, str]:
    """All of one moment: the page draws them anew every two seconds."""
    pairs = "rows => rows.map((row) => [...row.children].map((cell) => cell.innerText))"
    return dict(page.locator("#totals > div").evaluate_all(pairs))


def test_a_live_session_is_shown_as_it_goes_and_ended(browser: Browser) -> None:
    """Nothing is played to the operator's page: the server is asked, and another page talks with it."""
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello.", first_s=0.1), [FOREVER]]))
    keys = (ApiKey("kitchen", "sk-talk", scopes=("realtime",)), ApiKey("boss", "sk-boss"))
    with (
        serving(fakes.by_stage, api_keys=keys, max_sessions=7) as url,
        visiting(browser, url, listen=False) as guest,
        visiting(browser, url, "admin", listen=False) as operator,
    ):
        enter_key(guest.page, "sk-talk")
        guest.type("Hello")
        enter_key(operator.page, "sk-boss")
        page = operator.page
        row = page.locator("#sessions tr")
        row.wait_for()
        operator.until(
            lambda: cells(row)[2] == "waiting" and cells(row)[5] != "–", "the answer is over and was measured"
        )
        session = guest.of("session.created")[0]["session"]["id"]
        engines = "Detector EnergyVad, Recogniser ScriptedStt, Mind ScriptedLlm, Voice ToneTts"
        shown = cells(row)
        assert shown[0] == session
        assert re.fullmatch(r"kitchen · 127\.0\.0\.1 · Chrome \d+", shown[1])
        assert re.fullmatch(r"0:\d\d", shown[3])
        assert int(shown[5].removesuffix(" ms")) >= 99
        assert shown[6] == f"ovos-voice-agent: {engines}"
        totals = totals_of(page)
        assert totals["Sessions"] == "1 of 7"
        assert totals["Median delay"] == shown[5]
        assert any(name.startswith("Load of ") for name in totals)
        assert set(totals) >= {"Turns", "Server's processor", "Event loop late", "Running for"}
        assert "Recogniser ScriptedStt" in page.inner_text("#engines-in-force")
        assert findings(operator) == []

        guest.page.fill("#text", "And now?")
        guest.page.press("#text", "Enter")
        operator.until(lambda: cells(row)[2] == "thinking", "what it does now")
        row.locator("button").click()
        assert findings(operator) == [], "with the question open"
        page.click("#end-dialog button[value=cancel]")
        assert row.count() == 1
        row.locator("button").click()
        page.click("#end-dialog button[value=end]")
        page.locator("#none").wait_for()
        announced = f"Session {session} was ended."
        operator.until(lambda: page.inner_text("#announcer") == announced, "what a screen reader is told")
        ended = guest.page.locator(".notice[data-kind=ended]")
        ended.wait_for()
        assert "The server ended the session." in ended.inner_text()
        assert guest.page.inner_text("#connection") == "Not connected"
        assert [operator.complaints, guest.complaints] == [[], []]


def test_a_key_that_is_no_operators_sees_its_own_sessions_only(browser: Browser) -> None:
    keys = (ApiKey("kitchen", "sk-talk", scopes=("realtime",)),)
    with serving(Fakes().by_stage, api_keys=keys) as url, visiting(browser, url, "admin", listen=False) as visit:
        enter_key(visit.page, "sk-talk")
        visit.page.locator("#none").wait_for()
        assert "Server's processor" not in visit.page.inner_text("#totals")


def test_a_key_is_asked_for_where_one_is_wanted(browser: Browser) -> None:
    keys = (ApiKey("boss", "sk-boss"),)
    with serving(Fakes().by_stage, api_keys=keys) as url, visiting(browser, url, "admin", listen=False) as visit:
        visit.page.locator(".notice[data-kind=key]").wait_for()
        enter_key(visit.page, "sk-boss")
        visit.page.locator("#none").wait_for()
        assert visit.page.locator(".notice").count() == 0
        assert visit.complaints == []


@pytest.mark.parametrize(
    ("status", "words"), [(404, "does not list its sessions"), (401, "key is wanted"), (403, "may not see")]
)
def test_it_says_why_it_shows_nothing(browser: Browser, status: int, words: str) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, listen=False) as visit:
        visit.page.route("**/v1/realtime/sessions**", lambda route: route.fulfill(status=status, body="{}"))
        visit.page.goto(url + "admin")
        visit.page.locator(".notice").wait_for()
        assert words in visit.page.inner_text(".notice")
        assert findings(visit) == []
