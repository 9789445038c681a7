"""The operator's view, with and without a server that lists its sessions."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Route

from tests.end_to_end.talking import Fakes
from tests.web.browsing import serving, visiting
from tests.web.test_access import findings

pytestmark = pytest.mark.real

LISTED = {
    "id": "sess_1",
    "client": "10.0.0.7 (browser)",
    "state": "speaking",
    "duration_s": 75.2,
    "turns": 3,
    "latency_ms": 640,
    "engines": {"stt": "pocketsphinx", "llm": "offline"},
}


def test_live_sessions_are_shown_and_ended(browser: Browser) -> None:
    live, asked = [LISTED], []

    def listing(route: Route) -> None:
        asked.append((route.request.method, route.request.url.rpartition("/")[2]))
        if route.request.method == "DELETE":
            live.clear()
        route.fulfill(status=200, content_type="application/json", body=json.dumps({"object": "list", "data": live}))

    with serving(Fakes().by_stage) as url, visiting(browser, url, listen=False) as visit:
        visit.page.route("**/v1/realtime/sessions**", listing)
        visit.page.goto(url + "admin")
        row = visit.page.locator("#sessions tr")
        row.wait_for()
        assert row.locator("th, td").all_inner_texts()[:6] == [
            *("sess_1", "10.0.0.7 (browser)", "speaking", "1:15", "3", "640 ms"),
        ]
        assert findings(visit) == []
        row.locator("button").click()
        assert ("DELETE", "sess_1") not in asked
        visit.page.click("#end-dialog button[value=end]")
        visit.page.locator("#none").wait_for()
        assert ("DELETE", "sess_1") in asked
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
