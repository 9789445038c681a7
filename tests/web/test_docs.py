"""The page of the HTTP API in a browser: it shows every route and asks no other host for anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.talking import Fakes
from tests.web.browsing import serving, visiting

pytestmark = pytest.mark.real


def test_the_api_is_shown_and_can_be_tried(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, "docs", listen=False) as visit:
        page = visit.page
        page.locator(".opblock-summary-path", has_text="/v1/audio/transcriptions").first.wait_for()
        assert page.locator(".info .title").inner_text().startswith("ovos-voice-agent")
        ready = page.locator(".opblock", has=page.locator("[data-path='/health']"))
        ready.locator(".opblock-summary-control").click()
        ready.get_by_role("button", name="Try it out").click()
        ready.get_by_role("button", name="Execute").click()
        answer = ready.locator(".live-responses-table .response-col_status", has_text="200")
        answer.wait_for()
        assert visit.complaints == []
