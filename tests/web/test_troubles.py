"""What can go wrong, and what the page says and does about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ovos_voice_agent.config import ApiKey
from ovos_voice_agent.testing.fakes import ScriptedLlm, said_slowly
from tests.end_to_end.talking import Fakes
from tests.web.browsing import Line, Visit, browsing, serving, visiting

pytestmark = pytest.mark.real


def notice(visit: Visit, kind: str) -> str:
    """What the page says of this problem, waited for."""
    shown = visit.page.locator(f".notice[data-kind={kind}]")
    shown.wait_for()
    return shown.inner_text()


@pytest.mark.parametrize(
    ("allow", "plugged", "kind"), [(False, True, "microphone-refused"), (True, False, "microphone-missing")]
)
def test_without_a_microphone_one_can_type(tmp_path: Path, *, allow: bool, plugged: bool, kind: str) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello.")]))
    with (
        serving(fakes.by_stage) as url,
        browsing(tmp_path, allow=allow, plugged=plugged) as browser,
        visiting(browser, url) as visit,
    ):
        visit.page.click("#start")
        assert "You can type in the meantime." in notice(visit, kind)
        visit.type("Hello")
        assert visit.page.inner_text(".said.assistant .words") == "Hello."


def test_a_key_is_wanted_and_entered(browser: Browser) -> None:
    keys = (ApiKey("page", "sk-right"),)
    with serving(Fakes().by_stage, api_keys=keys) as url, visiting(browser, url) as visit:
        visit.page.click("#start")
        assert "This server wants a key." in notice(visit, "key-wanted")
        visit.until(lambda: visit.page.is_disabled("#mute"), "the microphone is not left open")
        enter_key(visit, "sk-wrong")
        assert "does not take this key" in notice(visit, "key-wrong")
        enter_key(visit, "sk-right")
        visit.until_event("session.updated")
        visit.until_event("input_audio_buffer.append")
        assert visit.page.locator(".notice").count() == 0
        assert "sk-right" not in visit.page.url
        assert all(
            "sk-right" not in address for address in visit.page.evaluate("performance.getEntries().map(e => e.name)")
        )


def enter_key(visit: Visit, key: str) -> None:
    visit.page.click(".notice button:has-text('Enter a key')")
    visit.page.fill("#key", key)
    visit.page.click("#key-dialog button[value=save]")


def test_the_conversation_goes_on_after_the_server_was_gone(browser: Browser) -> None:
    fakes = Fakes(llm=ScriptedLlm([said_slowly("Hello Ana."), said_slowly("You are Ana.")]))
    with serving(fakes.by_stage) as real:
        line = Line(real)
        with visiting(browser, line.url) as visit:
            visit.type("I am Ana.")
            visit.until(lambda: visit.page.inner_text("#mood") == "Ready", "the end of the answer")
            line.cut()
            assert "The page tries again by itself" in notice(visit, "gone")
            assert visit.page.inner_text("#connection") in ("Trying again", "Connecting")
            line.mend()
            visit.until_event("session.updated", 2)
            visit.until(lambda: visit.page.inner_text("#connection") == "Connected", "the connection")
            assert visit.page.locator(".notice").count() == 0
            visit.type("Who am I?")
            said = [message.text for message in fakes.llm.prompts[1].messages if message.role in ("user", "assistant")]
            assert said == ["I am Ana.", "Hello Ana.", "Who am I?"]
        line.close()


def test_an_unknown_model_is_told(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url, "#model=no-such-model") as visit:
        visit.page.click("#start")
        assert "does not know this model" in notice(visit, "model")


def test_a_sleeping_page_says_so(browser: Browser) -> None:
    with serving(Fakes().by_stage) as url, visiting(browser, url) as visit:
        visit.page.add_init_script(
            "window.contexts = []; const A = AudioContext;"
            "window.AudioContext = class extends A { constructor(o) { super(o); contexts.push(this); } };"
        )
        visit.page.reload()
        visit.start()
        visit.page.evaluate("contexts[0].suspend()")
        assert "Nothing is heard or played" in notice(visit, "asleep")
        visit.page.click(".notice button:has-text('Go on')")
        visit.until(lambda: visit.page.locator(".notice").count() == 0, "awake again")
        assert visit.page.evaluate("contexts[0].state") == "running"
