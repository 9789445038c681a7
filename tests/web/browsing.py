"""A real browser in front of a real server: Chromium without a window, whose microphone plays a recording.

Where no Chromium is installed, each test that wants one says so and is skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import threading
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pytest
from msgspec import structs
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.app.application import Application
from ovos_voice_agent.config import RecordingConfig
from tests.end_to_end.talking import configured
from tests.recordings import RATE_HZ, samples_16k

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-background-networking --disable-component-update --disable-sync --disable-quic --no-first-run "
    "--no-sandbox"
)
LIMIT_MS = 60_000
"""No step of a test takes longer, on the slowest machine; it is no measure of anything."""
DRAWN = "new Promise((drawn) => (requestAnimationFrame(() => setTimeout(drawn)), setTimeout(drawn, 5000)))"
"""The next picture; a page that is not shown draws none."""

Sounds = tuple[str | float, ...]
"""Names of recordings, and seconds of silence."""


def chromium() -> str:
    """Its path. Skips the test, with the reason, where there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium here: the page was not tested in a browser (Debian: apt install chromium)")
    return found


def wav(path: Path, sounds: Sounds) -> Path:
    """A file that the browser's microphone plays once, from the moment at which it is opened."""
    pieces: list[npt.NDArray[np.int16]] = [
        samples_16k(sound) if isinstance(sound, str) else np.zeros(round(RATE_HZ * sound), np.int16) for sound in sounds
    ]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.concatenate(pieces).tobytes())
    return path


_driver: list[Playwright] = []
"""The one that runs; it takes the thread's event loop, so two cannot, and none may stay when other tests go on."""


@contextmanager
def driving() -> Iterator[Playwright]:
    """What drives browsers; a second one inside shares the first."""
    if _driver:
        yield _driver[0]
        return
    with sync_playwright() as playwright:
        _driver.append(playwright)
        try:
            yield playwright
        finally:
            _driver.clear()


@contextmanager
def browsing(folder: Path, sounds: Sounds = (60.0,), *, allow: bool = True, plugged: int = 1) -> Iterator[Browser]:
    """A browser with this microphone, if it is plugged in, or with several; `allow` answers the question for it."""
    microphone = wav(folder / "microphone.wav", sounds)
    options = [*QUIET.split(), f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    options += ["--use-fake-ui-for-media-stream"] if allow else []
    options += [f"--use-fake-device-for-media-stream=device-count={plugged}"] if plugged else []
    with driving() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=options, timeout=LIMIT_MS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Visit:
    """One open page, and all that it did. `strangers` are addresses of other hosts that it asked for anything."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """`("client" | "server", event)` as they went over the WebSocket."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for _, event in self.events if event["type"] == kind]

    def until(self, true: Callable[[], object], what: str) -> None:
        """Let the page go on until this is so, and draw what it has by then: it draws with the next picture."""
        for _ in range(LIMIT_MS // 20):
            if true():
                self.page.evaluate(DRAWN)
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"never came: {what}; the events were {[event['type'] for _, event in self.events][-30:]}")

    def until_all_heard(self) -> None:
        """Until `heard` has all that sounded before this call: it is told in pieces of 32 blocks."""
        before = len(self.heard())
        self.until(lambda: len(self.heard()) >= before + 64, "what was just heard")

    def until_event(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The `count`-th event of this kind, waited for."""
        self.until(lambda: len(self.of(kind)) >= count, f"{kind} number {count}")
        return self.of(kind)[count - 1]

    def start(self) -> None:
        self.page.click("#start")
        self.until_event("session.updated")

    def type(self, text: str) -> None:
        """Say it by the keyboard, and let the answer come to its end."""
        answers = len(self.of("response.done"))
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")
        self.until_event("response.done", answers + 1)

    def heard(self) -> npt.NDArray[np.float64]:
        """Rows of seconds, level of the microphone, level of the loudspeaker; one for each 128 samples."""
        return np.array(self.page.evaluate("heard"), dtype=np.float64).reshape(-1, 3)

    def frame(self, direction: str, payload: str | bytes) -> None:
        self.events.append((direction, json.loads(payload)))


@contextmanager
def visiting(browser: Browser, url: str, path: str = "", *, listen: bool = True, **context: Any) -> Iterator[Visit]:
    """The page at this address. Afterwards it must have asked no other host for anything.

    `listen` taps its audio graph, for which its policy on scripts must be lifted: tests of the policy do without.
    """
    options = {"viewport": {"width": 1440, "height": 900}, "bypass_csp": listen, **context}
    with browser.new_context(**options) as opened:
        opened.set_default_timeout(LIMIT_MS)
        page = opened.new_page()
        visit = Visit(page)
        page.on("console", lambda said: visit.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("request", lambda asked: _note(visit, asked.url, url))
        page.on("websocket", lambda socket: _follow(visit, socket, url))
        if listen:
            page.add_init_script(f"window.TAP = {json.dumps((HERE / 'tap.js').read_text())};")
            page.add_init_script(path=HERE / "listen_in.js")
        page.goto(url + path)
        yield visit
        assert visit.strangers == []


def _note(visit: Visit, asked: str, url: str) -> None:
    if urlsplit(asked).scheme not in ("data", "blob") and urlsplit(asked).netloc != urlsplit(url).netloc:
        visit.strangers.append(asked)


def _follow(visit: Visit, socket: Any, url: str) -> None:
    _note(visit, socket.url, url)
    socket.on("framesent", lambda payload: visit.frame("client", payload))
    socket.on("framereceived", lambda payload: visit.frame("server", payload))


def onsets(levels: npt.NDArray[np.float64], *, above: float, apart_s: float = 0.5) -> list[float]:
    """When something begins that is louder than this, after at least so long a quiet. `levels`: seconds and level."""
    loud = levels[levels[:, 1] > above][:, 0]
    return [
        float(at) for at, before in zip(loud, itertools.chain((-np.inf,), loud), strict=False) if at - before > apart_s
    ]


class Background:
    """An event loop in a thread: the server lives there while the test drives the browser."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(LIMIT_MS / 1000)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def hosting(
    engines: Mapping[str, Any] | None = None,
    *,
    recording: Path | None = None,
    session: Mapping[str, Any] | None = None,
    **server: Any,
) -> Iterator[tuple[str, Application]]:
    """A server on loopback, with these engines or else with the default ones: its address, with a slash, and itself.

    `recording` is where it records; `session` and `server` are settings of these tables.
    """
    config = configured(**server)
    config = structs.replace(
        config,
        recording=RecordingConfig(directory=str(recording or "")),
        session=structs.replace(config.session, **session or {}),
    )
    background = Background()
    manager = running(config, engines)
    try:
        host: Running = background.run(manager.__aenter__())
        yield f"http://{urlsplit(host.url).netloc}/", host.application
    finally:
        background.run(manager.__aexit__(None, None, None))
        background.close()


@contextmanager
def serving(engines: Mapping[str, Any] | None = None, **settings: Any) -> Iterator[str]:
    """The same, where its address is enough."""
    with hosting(engines, **settings) as (url, _):
        yield url


class Line:
    """What lies between a browser and a server: it can be cut and mended.

    Cut, it keeps its port, for somebody else might take it, and ends each connection at once.
    """

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url).port
        self._background = Background()
        self._writers: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._server: asyncio.Server = self._background.run(asyncio.start_server(self._join, "127.0.0.1", 0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    def mend(self) -> None:
        self._whole = True

    def cut(self) -> None:
        self._whole = False
        self._background.run(self._cut())

    def close(self) -> None:
        self.cut()
        self._background.run(self._end())
        self._background.close()

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _end(self) -> None:
        self._server.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
