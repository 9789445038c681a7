"""The page with what stands in the box: recorded speech in, words on the page, a voice out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recordings import transcript
from tests.web.browsing import browsing, serving, visiting

pytestmark = pytest.mark.real


def test_open_it_and_talk(tmp_path: Path) -> None:
    sounds = (1.0, "something", 25.0)
    with serving() as url, browsing(tmp_path, sounds) as browser, visiting(browser, url) as visit:
        visit.start()
        visit.until(lambda: visit.page.inner_text("#mood") == "Speaking", "the answer")
        visit.until_event("response.done")
        words = visit.page.inner_text(".said.user .words").split()
        assert len(set(words) & set(transcript("something").split())) >= 3
        assert visit.page.inner_text(".said.assistant .words").strip() != ""
        visit.until(lambda: (visit.heard()[:, 2] > 0.02).sum() > 300, "a second of voice")
        assert visit.complaints == []


def test_the_time_comes_from_the_page(tmp_path: Path) -> None:
    with (
        serving() as url,
        browsing(tmp_path) as browser,
        visiting(browser, url, timezone_id="Pacific/Auckland") as visit,
    ):
        visit.page.click("#welcome button >> nth=0")
        visit.until(lambda: visit.page.locator(".said.assistant .words").count() > 0, "the answer")
        visit.until_event("response.done", 2)
        assert "Pacific/Auckland" in visit.page.inner_text(".said.output")
        assert visit.page.locator(".said.call").count() == 1, "asked once"
