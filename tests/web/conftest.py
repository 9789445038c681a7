"""One browser for all tests of a file that need no microphone, and the page's modules in it without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

from tests.web.browsing import browsing

PAGE = Path(__file__).parents[2] / "src" / "ovos_voice_agent" / "web"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def module(browser: Browser) -> Iterator[Callable[..., Any]]:
    """`module("pcm.js", "m => m.RATE_HZ")`: a function of a module of the page, evaluated in the browser."""
    page = browser.new_page()
    page.route("http://modules.test/**", _from_disk)
    page.goto("http://modules.test/empty")

    def evaluate(name: str, function: str, argument: Any = None) -> Any:
        call = f"async (given) => ({function})(await import('/{name}'), given)"
        return page.evaluate(call, argument)

    yield evaluate
    page.close()


def _from_disk(route: Route) -> None:
    name = urlsplit(route.request.url).path.rpartition("/")[2]
    if name == "empty":
        route.fulfill(body="<!doctype html><button id=theme></button>", content_type="text/html")
    else:
        route.fulfill(path=PAGE / name, content_type="text/javascript")
